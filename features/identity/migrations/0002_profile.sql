-- What people tell about themselves. `languages` are tags with spaces between, the preferred one first; `zone` and
-- `avatar` may be unknown.
ALTER TABLE account ADD COLUMN kana TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN languages TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN zone TEXT;
ALTER TABLE account ADD COLUMN avatar TEXT;
ALTER TABLE account ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
CREATE INDEX account_avatar ON account (avatar);
