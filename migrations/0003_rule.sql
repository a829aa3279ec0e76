-- The rule that moved the request to another lane; NULL where none did, and in rows from before this column.
ALTER TABLE requests ADD COLUMN rule TEXT;
