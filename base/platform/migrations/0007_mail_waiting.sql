-- What has not left is counted twice a minute among all mails that are kept.
CREATE INDEX mail_waiting ON mail (id) WHERE sent_at IS NULL;
