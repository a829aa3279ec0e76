-- What calls change at run time: providers, secrets, the active profile, parameters and fallbacks of nodes.

-- `entry` is what a provider sets over the configuration files, as JSON with the keys of a file. It never contains a key:
-- `api_key` is a reference.
CREATE TABLE providers (
  id           TEXT PRIMARY KEY,
  entry        TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  validated_at TEXT
) STRICT, WITHOUT ROWID;

-- Encrypted by src/store/secrets/seal.ts. `key_check` names the master key that opens `wrapped_key`; `version` is one
-- more with each change of the value.
CREATE TABLE secrets (
  name        TEXT PRIMARY KEY,
  version     INTEGER NOT NULL,
  key_check   TEXT NOT NULL,
  wrapped_key BLOB NOT NULL,
  data        BLOB NOT NULL,
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Parameters and fallbacks that belong to an override: JSON with `params` and `fallbacks`, or NULL.
ALTER TABLE node_overrides ADD COLUMN settings TEXT;
