-- Files that something refers to; the bytes lie beside the database. What has no row here is litter and gets swept.
CREATE TABLE blob (
    id TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
