-- Whose name stands beside what was done, so that it can be taken out when they delete their account.
ALTER TABLE caption_key ADD COLUMN created_account TEXT;
ALTER TABLE caption_key ADD COLUMN revoked_account TEXT;
