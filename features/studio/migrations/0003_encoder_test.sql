-- Keys with which an encoder is tried before the event: what is sent with them reaches no viewer. Only digests are kept.
CREATE TABLE encoder_test (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    track TEXT REFERENCES track (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    duration_s BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    good_until BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX encoder_test_conference ON encoder_test (conference, id);

-- What was found out about an encoder: `figures` is JSON, judged anew whenever it is read.
CREATE TABLE encoder_report (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    test TEXT NOT NULL REFERENCES encoder_test (id) ON DELETE CASCADE,
    began_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    ending TEXT NOT NULL,
    protocol TEXT NOT NULL,
    encoder TEXT NOT NULL,
    verdict TEXT NOT NULL,
    figures TEXT NOT NULL
);
CREATE INDEX encoder_report_conference ON encoder_report (conference, id);
CREATE INDEX encoder_report_test ON encoder_report (test, id);
