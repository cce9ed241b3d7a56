-- The programme: conferences, their days, rooms, tracks, categories, talks and speakers.
-- What schedule files say beyond these columns is kept as a JSON text (`document`), so that it can be written back.
CREATE TABLE conference (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    acronym TEXT NOT NULL,
    title TEXT NOT NULL,
    title_ja TEXT NOT NULL,
    title_en TEXT NOT NULL,
    description TEXT NOT NULL,
    zone TEXT NOT NULL,
    zone_inferred BOOLEAN NOT NULL,
    watch TEXT NOT NULL,
    label TEXT NOT NULL,
    document TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE conference_day (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    date TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    rooms TEXT NOT NULL
);
CREATE INDEX conference_day_conference ON conference_day (conference, position);

CREATE TABLE room (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    number BIGINT NOT NULL UNIQUE,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    guid TEXT NOT NULL,
    description TEXT NOT NULL,
    capacity BIGINT,
    document TEXT NOT NULL,
    removed_at BIGINT,
    UNIQUE (conference, name)
);

CREATE TABLE track (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    number BIGINT NOT NULL UNIQUE,
    position BIGINT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    room TEXT REFERENCES room (id),
    removed_at BIGINT,
    UNIQUE (conference, slug)
);

CREATE TABLE category (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    slug TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (conference, name)
);

CREATE TABLE speaker (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    number BIGINT NOT NULL UNIQUE,
    slug TEXT NOT NULL,
    file_id BIGINT,
    guid TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    biography TEXT NOT NULL,
    avatar TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (conference, slug)
);

CREATE TABLE talk (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    number BIGINT NOT NULL UNIQUE,
    guid TEXT NOT NULL,
    file_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    day TEXT,
    room TEXT REFERENCES room (id),
    track TEXT REFERENCES track (id),
    category TEXT REFERENCES category (id),
    position BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    slug TEXT NOT NULL,
    file_slug TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    subtitle TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    abstract TEXT NOT NULL,
    description TEXT NOT NULL,
    logo TEXT NOT NULL,
    license TEXT NOT NULL,
    opt_out BOOLEAN,
    document TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    removed_at BIGINT,
    UNIQUE (conference, guid),
    UNIQUE (conference, slug)
);
CREATE INDEX talk_track ON talk (conference, track, starts_at);

CREATE TABLE talk_speaker (
    talk TEXT NOT NULL REFERENCES talk (id) ON DELETE CASCADE,
    speaker TEXT NOT NULL REFERENCES speaker (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    PRIMARY KEY (talk, speaker)
);

-- What imports changed, for those who look after the programme.
CREATE TABLE schedule_import (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL REFERENCES conference (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    report TEXT NOT NULL
);
CREATE INDEX schedule_import_conference ON schedule_import (conference, at);
