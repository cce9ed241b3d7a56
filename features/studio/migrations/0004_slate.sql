-- Films that organisers bring: what is shown while nobody sends, and clips for breaks.
CREATE TABLE slate (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    tracks TEXT NOT NULL,
    stage TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    refusal TEXT,
    facts TEXT,
    original TEXT,
    played TEXT,
    bytes BIGINT NOT NULL,
    version BIGINT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    uploaded_by TEXT NOT NULL
);
CREATE INDEX slate_conference ON slate (conference, position);
CREATE INDEX slate_stage ON slate (stage);
-- Whether clips play by themselves in breaks.
CREATE TABLE break_clips (
    conference TEXT PRIMARY KEY REFERENCES conference (id) ON DELETE CASCADE,
    automatic BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);
