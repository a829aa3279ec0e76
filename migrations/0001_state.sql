-- What outlives the process: settings, overrides, audit, ledger. Times are ISO 8601 in UTC, durations milliseconds.

-- One row per name: 'generation' (integer) and 'configuration_fingerprint' (text).
CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO settings (name, value) VALUES ('generation', 0);

-- A node that an operator points elsewhere than configuration does.
CREATE TABLE node_overrides (
  node   TEXT PRIMARY KEY,
  model  TEXT,
  lane   TEXT,
  reason TEXT,
  actor  TEXT NOT NULL,
  at     TEXT NOT NULL,
  CHECK ((model IS NULL) <> (lane IS NULL))
) STRICT, WITHOUT ROWID;

-- One row in the same transaction as each change; none for a call that changed nothing.
CREATE TABLE audit_log (
  seq     INTEGER PRIMARY KEY,
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  "from"  TEXT,
  "to"    TEXT,
  reason  TEXT
) STRICT;

-- The plans of requests, each once: thousands of requests share one, and it is several times as long as they are.
CREATE TABLE plans (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- The ledger. Ids made later sort later, so inserts append to both trees.
CREATE TABLE requests (
  id                  TEXT PRIMARY KEY,
  state               TEXT NOT NULL,
  started_at          TEXT NOT NULL,
  duration_ms         REAL,
  endpoint            TEXT NOT NULL,
  wire                TEXT NOT NULL,
  requested           TEXT NOT NULL,
  node                TEXT,
  lane                TEXT,
  target              TEXT,
  generation          INTEGER NOT NULL,
  user                TEXT,
  client_request_id   TEXT,
  stream              INTEGER NOT NULL,
  status              INTEGER,
  input_tokens        INTEGER,
  output_tokens       INTEGER,
  cached_input_tokens INTEGER,
  reasoning_tokens    INTEGER,
  phases              TEXT NOT NULL,
  plan_id             INTEGER NOT NULL REFERENCES plans (id),
  warnings            TEXT NOT NULL,
  error               TEXT
) STRICT, WITHOUT ROWID;

-- So that a start finds what the last process left running without reading the whole ledger.
CREATE INDEX requests_running ON requests (state) WHERE state = 'running';

CREATE TABLE attempts (
  request_id         TEXT NOT NULL,
  n                  INTEGER NOT NULL,
  target             TEXT NOT NULL,
  class              TEXT,
  status             INTEGER,
  start_ms           REAL NOT NULL,
  first_byte_ms      REAL,
  first_token_ms     REAL,
  duration_ms        REAL,
  possible_duplicate INTEGER NOT NULL,
  retry_after_ms     REAL,
  message            TEXT,
  PRIMARY KEY (request_id, n)
) STRICT, WITHOUT ROWID;

-- The last successful request of each node through each of its newest two targets.
CREATE TABLE node_durations (
  node    TEXT NOT NULL,
  target  TEXT NOT NULL,
  last_ms REAL NOT NULL,
  at      TEXT NOT NULL,
  PRIMARY KEY (node, target)
) STRICT, WITHOUT ROWID;
