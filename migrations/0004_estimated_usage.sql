-- The token counts of the request are estimates: its upstream reported none, or only some.
ALTER TABLE requests ADD COLUMN usage_estimated INTEGER NOT NULL DEFAULT 0;
