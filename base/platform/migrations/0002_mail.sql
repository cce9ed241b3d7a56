-- Mails, once each by their key; the mailbox of demo and development is this table.
CREATE TABLE mail (
    id TEXT PRIMARY KEY,
    idempotency_key TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT,
    queued_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX mail_queued_at ON mail (queued_at);
