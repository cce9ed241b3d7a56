-- Talks and speakers by hand: what people see of a talk, what an import must leave alone, and the bin.
ALTER TABLE talk ADD COLUMN state TEXT NOT NULL DEFAULT 'planned';
-- Words of what was edited by hand since a file brought it, with spaces between.
ALTER TABLE talk ADD COLUMN hand TEXT NOT NULL DEFAULT '';
-- Made here and in no file.
ALTER TABLE talk ADD COLUMN made_by_hand BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE talk ADD COLUMN binned_at BIGINT;
ALTER TABLE speaker ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE speaker ADD COLUMN hand TEXT NOT NULL DEFAULT '';
ALTER TABLE speaker ADD COLUMN binned_at BIGINT;
CREATE INDEX talk_starts ON talk (conference, starts_at, id);
CREATE INDEX talk_speaker_speaker ON talk_speaker (speaker);
CREATE INDEX speaker_name ON speaker (conference, name, id);
