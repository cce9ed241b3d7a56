-- Whom providers know our people as, ways to a provider that are open (each once), and identities that wait until
-- somebody proves that the account with their address is theirs. And passwords, where a site has them.
CREATE TABLE provider_identity (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    UNIQUE (issuer, subject)
);
CREATE INDEX provider_identity_account ON provider_identity (account);

CREATE TABLE provider_visit (
    digest TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    account TEXT REFERENCES account (id) ON DELETE CASCADE,
    next TEXT NOT NULL,
    peer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX provider_visit_peer ON provider_visit (peer, created_at);

CREATE TABLE provider_offer (
    digest TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT NOT NULL,
    next TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE password (
    account TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE password_miss (
    id TEXT PRIMARY KEY,
    who TEXT NOT NULL,
    peer TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX password_miss_who ON password_miss (who, at);
CREATE INDEX password_miss_peer ON password_miss (peer, at);

-- How a session began: mail, passkey, provider, password.
ALTER TABLE session ADD COLUMN way TEXT NOT NULL DEFAULT '';
