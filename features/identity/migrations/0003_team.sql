-- Teams: one row to lock while roles change, invitations, and who wants to be shown.
CREATE TABLE team (
    conference TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);

CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    roles TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX invitation_conference ON invitation (conference, created_at);
CREATE INDEX invitation_email ON invitation (email);

CREATE TABLE team_profile (
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    conference TEXT NOT NULL,
    shown BOOLEAN NOT NULL,
    PRIMARY KEY (account, conference)
);

CREATE INDEX membership_conference ON membership (conference);
CREATE INDEX audit_at ON audit (at, id);
