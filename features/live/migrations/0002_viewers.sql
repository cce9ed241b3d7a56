-- What viewers got: one line per session on a track, found by its code; kept for some weeks. `account` is empty
-- for people who are not signed in, and nothing else says who somebody is.
CREATE TABLE viewer_session (
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    track TEXT NOT NULL,
    account TEXT NOT NULL,
    number BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    done BOOLEAN NOT NULL,
    browser TEXT NOT NULL,
    startup_ms BIGINT,
    stalls BIGINT NOT NULL,
    stalled_ms BIGINT NOT NULL,
    shown_ms BIGINT NOT NULL,
    latency_ms BIGINT,
    bitrate_kbps BIGINT,
    throughput_kbps BIGINT,
    switches BIGINT NOT NULL,
    dropped_frames BIGINT,
    errors BIGINT NOT NULL,
    last_error TEXT,
    audio_only BOOLEAN NOT NULL,
    verdict TEXT,
    rtt_ms BIGINT,
    link_kbps BIGINT,
    PRIMARY KEY (conference, code, track, account)
);
CREATE INDEX viewer_session_seen ON viewer_session (seen_at);

-- Who may watch a track, where that is another rule than the conference's.
CREATE TABLE track_watch (
    track TEXT PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    watch TEXT NOT NULL
);

-- Who is on the list of those who may watch: a mail address or an account. `track` is empty for all tracks.
CREATE TABLE watch_entry (
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    track TEXT NOT NULL,
    person TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    added_by TEXT NOT NULL,
    PRIMARY KEY (conference, track, person)
);
