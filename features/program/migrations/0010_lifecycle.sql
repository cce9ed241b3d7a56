-- Where a conference stands in its life. What is there already goes on as it was: everybody sees it, and it is live.
ALTER TABLE conference ADD COLUMN lifecycle TEXT NOT NULL DEFAULT 'live';
ALTER TABLE conference ADD COLUMN removed_at BIGINT;
ALTER TABLE conference ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

-- What is edited by hand: days for the team alone, and versions against overwriting somebody else's change.
ALTER TABLE conference_day ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE conference_day ADD COLUMN internal BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conference_day ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE room ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE track ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE category ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Changes of the lifecycle at a date: pending until they are done, cancelled or refused.
CREATE TABLE conference_switch (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    lifecycle TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX conference_switch_due ON conference_switch (conference, state, at);

-- Talk types, levels, durations and languages that a conference offers.
CREATE TABLE term (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    position BIGINT NOT NULL,
    word TEXT NOT NULL,
    names TEXT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (conference, kind, word)
);
