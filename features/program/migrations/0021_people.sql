-- Whose name stands beside what was done, so that it can be taken out when they delete their account.
ALTER TABLE schedule_import ADD COLUMN account TEXT;
ALTER TABLE conference_switch ADD COLUMN created_account TEXT;
ALTER TABLE spreadsheet ADD COLUMN created_account TEXT;
