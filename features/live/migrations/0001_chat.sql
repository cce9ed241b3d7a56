-- Chat lines of talks. A line that was removed stays, unseen, for whoever has to explain it.
CREATE TABLE chat_line (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    talk TEXT NOT NULL REFERENCES talk (id) ON DELETE CASCADE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    badge TEXT,
    text TEXT NOT NULL,
    nonce TEXT NOT NULL,
    at BIGINT NOT NULL,
    removed_at BIGINT,
    removed_by TEXT,
    UNIQUE (account, nonce)
);
CREATE INDEX chat_line_talk ON chat_line (talk, at);

-- The secret that viewers' tokens are signed with.
CREATE TABLE live_secret (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL
);
