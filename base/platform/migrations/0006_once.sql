-- Answers to requests that a client may repeat, kept for a day in the transaction of their act.
CREATE TABLE once (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX once_at ON once (at);
