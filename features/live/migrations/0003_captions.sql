-- What is said on a track, as captioners send it; kept for the archive. `id` is the captioner's own: the same line sent
-- again is the same line, and a higher revision of it another wording. What is interim is still being guessed.
CREATE TABLE caption (
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    id TEXT NOT NULL,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    interim BOOLEAN NOT NULL,
    sent_at BIGINT NOT NULL,
    sent_by TEXT NOT NULL,
    PRIMARY KEY (track, language, id)
);
CREATE INDEX caption_starts ON caption (track, starts_at);

-- Languages that viewers of a track can choose from.
CREATE TABLE caption_language (
    track TEXT NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (track, language)
);

-- Keys with which captioners send lines to a track; only digests are kept.
CREATE TABLE caption_key (
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
CREATE UNIQUE INDEX caption_key_live ON caption_key (track) WHERE revoked_at IS NULL;
