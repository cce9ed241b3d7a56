-- Pages that a team writes: code of conduct, privacy, job board. Titles and texts are JSON by language.
CREATE TABLE conference_page (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    slug TEXT NOT NULL,
    position BIGINT NOT NULL,
    in_menu BOOLEAN NOT NULL,
    visible BOOLEAN NOT NULL,
    titles TEXT NOT NULL,
    bodies TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (conference, slug)
);
