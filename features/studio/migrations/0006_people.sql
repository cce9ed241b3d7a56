-- Whose name stands beside what was done, so that it can be taken out when they delete their account.
ALTER TABLE stream_key ADD COLUMN created_account TEXT;
ALTER TABLE stream_key ADD COLUMN revoked_account TEXT;
ALTER TABLE input_order ADD COLUMN changed_account TEXT;
ALTER TABLE encoder_test ADD COLUMN created_account TEXT;
ALTER TABLE slate ADD COLUMN uploaded_account TEXT;
ALTER TABLE break_clips ADD COLUMN changed_account TEXT;
