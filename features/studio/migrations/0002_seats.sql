-- Each track takes a primary and a backup encoder, each with a key of its own.
ALTER TABLE stream_key ADD COLUMN seat TEXT NOT NULL DEFAULT 'primary';
DROP INDEX stream_key_live;
CREATE UNIQUE INDEX stream_key_seat_live ON stream_key (track, seat) WHERE revoked_at IS NULL;
-- What somebody wants on air, where it is not left to the server.
CREATE TABLE input_order (
    track TEXT PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    wanted TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    reason TEXT NOT NULL
);
