-- Every alarm of the wall: when it rose, who took care of it, when it was over.
CREATE TABLE alarm (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    seat TEXT,
    severity TEXT NOT NULL,
    since BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by TEXT,
    acknowledged_account TEXT,
    cleared_at BIGINT
);
CREATE INDEX alarm_conference ON alarm (conference, id);
CREATE INDEX alarm_track ON alarm (track, id);
CREATE INDEX alarm_open ON alarm (conference) WHERE cleared_at IS NULL;
