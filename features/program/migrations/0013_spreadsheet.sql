-- Spreadsheets of talks and speakers that somebody brought: the file until it is taken over or thrown away, what its
-- columns are about, and what it made, so that this can be taken back in one step.
CREATE TABLE spreadsheet (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    blob TEXT,
    wish TEXT NOT NULL,
    made TEXT NOT NULL,
    counts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    applied_at BIGINT
);
CREATE INDEX spreadsheet_conference ON spreadsheet (conference, kind, created_at);

-- What the columns of the last one were about, by what they were called, JSON.
CREATE TABLE spreadsheet_columns (
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    columns TEXT NOT NULL,
    PRIMARY KEY (conference, kind)
);

-- The orders of the team's lists, so that the first page of ten thousand rows is read and not sorted.
CREATE INDEX talk_title ON talk (conference, title, id);
CREATE INDEX talk_changed ON talk (conference, changed_at, id);
CREATE INDEX speaker_number ON speaker (conference, number, id);
