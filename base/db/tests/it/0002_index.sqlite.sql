CREATE INDEX thing_open ON thing (seats) WHERE open;
