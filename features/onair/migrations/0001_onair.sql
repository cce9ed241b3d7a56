-- What is on which track since when: one row, and so one talk, per track; and every change of it.
CREATE TABLE onair (
    track TEXT PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    talk TEXT REFERENCES talk (id) ON DELETE SET NULL,
    since BIGINT NOT NULL,
    mode TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX onair_conference ON onair (conference);

CREATE TABLE onair_change (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    from_talk TEXT,
    to_talk TEXT,
    from_mode TEXT NOT NULL,
    to_mode TEXT NOT NULL,
    account TEXT,
    name TEXT,
    reason TEXT NOT NULL,
    UNIQUE (track, version)
);
CREATE INDEX onair_change_talk ON onair_change (conference, to_talk);
