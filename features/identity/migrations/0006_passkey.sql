-- Passkeys, the challenges that they answer (each once), and how a session began.
CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    credential TEXT NOT NULL UNIQUE,
    public_key BYTEA NOT NULL,
    uses BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE passkey_challenge (
    digest TEXT PRIMARY KEY,
    account TEXT,
    peer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenge_peer ON passkey_challenge (peer, created_at);

ALTER TABLE session ADD COLUMN by_passkey BOOLEAN NOT NULL DEFAULT FALSE;

-- What the owner of the site chose, by name.
CREATE TABLE site_setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version BIGINT NOT NULL
);
