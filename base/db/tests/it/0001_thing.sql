CREATE TABLE thing (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL UNIQUE,
    colour TEXT NOT NULL,
    starts_at BIGINT,
    weight DOUBLE PRECISION,
    body BYTEA,
    open BOOLEAN NOT NULL,
    seats BIGINT NOT NULL
);
CREATE TABLE part (
    thing TEXT NOT NULL REFERENCES thing (id)
);
