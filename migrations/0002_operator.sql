-- Overrides of users, overrides that expire, and an audit whose rows are chained by their hashes.

-- Whose override of what. `user` is NULL for everybody's; `subject` is a node, or `lane:NAME`: the model in front of
-- that lane's chain.
CREATE TABLE overrides_new (
  subject    TEXT NOT NULL,
  user       TEXT CHECK (user <> ''),
  model      TEXT,
  lane       TEXT,
  reason     TEXT,
  actor      TEXT NOT NULL,
  at         TEXT NOT NULL,
  expires_at TEXT,
  CHECK ((model IS NULL) <> (lane IS NULL))
) STRICT;

INSERT INTO overrides_new (subject, model, lane, reason, actor, at)
  SELECT node, model, lane, reason, actor, at FROM node_overrides;

DROP TABLE node_overrides;
ALTER TABLE overrides_new RENAME TO node_overrides;

-- No user has an empty name, so '' stands for everybody.
CREATE UNIQUE INDEX node_overrides_key ON node_overrides (subject, coalesce(user, ''));

-- `before` is the override before the change as JSON ('null': the default held), for undo; NULL where the row tells of
-- no override or was written before there was undo. `undoes` is the row that this one takes back. `hash` is
-- `auditHash` of src/store/audit-chain.ts; the newest one stands in the setting 'audit_head', too.
CREATE TABLE audit_new (
  seq     INTEGER PRIMARY KEY,
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  user    TEXT,
  "from"  TEXT,
  "to"    TEXT,
  reason  TEXT,
  before  TEXT,
  undoes  INTEGER,
  hash    TEXT NOT NULL
) STRICT;

WITH RECURSIVE chain (seq, hash) AS (
  VALUES (0, '')
  UNION ALL
  SELECT row.seq, audit_hash(chain.hash, row.seq, row.at, row.actor, row.action, row.subject, row."from", row."to", row.reason)
    FROM chain JOIN audit_log AS row ON row.seq = (SELECT min(seq) FROM audit_log WHERE seq > chain.seq)
)
INSERT INTO audit_new (seq, at, actor, action, subject, "from", "to", reason, hash)
  SELECT row.seq, row.at, row.actor, row.action, row.subject, row."from", row."to", row.reason, chain.hash
    FROM chain JOIN audit_log AS row USING (seq);

DROP TABLE audit_log;
ALTER TABLE audit_new RENAME TO audit_log;

INSERT INTO settings (name, value)
  VALUES ('audit_head', coalesce((SELECT hash FROM audit_log ORDER BY seq DESC LIMIT 1), ''));

-- For the history of a subject and for undo, which reads it backwards.
CREATE INDEX audit_log_subject ON audit_log (subject, user);
CREATE UNIQUE INDEX audit_log_undoes ON audit_log (undoes) WHERE undoes IS NOT NULL;

-- So that a plan goes with the last request that has it; without it each check of that would read the whole ledger.
CREATE INDEX requests_plan ON requests (plan_id);
