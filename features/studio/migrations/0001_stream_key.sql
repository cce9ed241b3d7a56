-- Keys with which encoders publish to a track; only digests are kept.
CREATE TABLE stream_key (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    digest TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT,
    revoked_by TEXT
);
CREATE UNIQUE INDEX stream_key_live ON stream_key (track) WHERE revoked_at IS NULL;
