-- Files of slides that a team uploaded for talks; the id is that of the stored file, which is let go of with the row.
CREATE TABLE slides (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    talk TEXT NOT NULL REFERENCES talk (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    binned_at BIGINT
);
CREATE INDEX slides_talk ON slides (conference, talk);
