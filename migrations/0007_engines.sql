-- What is learnt of local engines: the memory and load time of models, and claims of memory pools that a crash may cut
-- short.

-- One row for each model and the settings that it was loaded with. `context` is 0 where the engine chose the window, and
-- `quantized_cache` is 0 or 1. NULL: not measured.
CREATE TABLE engine_footprints (
  target          TEXT NOT NULL,
  context         INTEGER NOT NULL,
  quantized_cache INTEGER NOT NULL,
  bytes           INTEGER,
  load_ms         INTEGER,
  at              TEXT NOT NULL,
  PRIMARY KEY (target, context, quantized_cache)
) STRICT, WITHOUT ROWID;

-- `displaced`: the models that come back after the claim, as a JSON list of full ids.
CREATE TABLE pool_claims (
  pool      TEXT PRIMARY KEY,
  lane      TEXT NOT NULL,
  target    TEXT NOT NULL,
  displaced TEXT NOT NULL
) STRICT, WITHOUT ROWID;
