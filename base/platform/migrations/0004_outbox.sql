-- What the outbox shows about a mail: where it comes from and which job sends it.
ALTER TABLE mail ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE mail ADD COLUMN letter TEXT NOT NULL DEFAULT '';
ALTER TABLE mail ADD COLUMN sender TEXT;
ALTER TABLE mail ADD COLUMN reply_to TEXT;
ALTER TABLE mail ADD COLUMN job TEXT;
CREATE INDEX mail_scope ON mail (scope, queued_at);

-- Wordings of letters that somebody changed; what is not here is worded as the message files say.
CREATE TABLE mail_wording (
    scope TEXT NOT NULL,
    letter TEXT NOT NULL,
    locale TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (scope, letter, locale)
);
