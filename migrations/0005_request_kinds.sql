-- Smaller rows of the ledger: numbers instead of text ids, what many requests have in common once, and a single
-- attempt in the row of its request. Written and read by src/store/ledger/row-encoding.ts.

-- What requests have in common. Ids of requests end with `mark`. `last_used` is the number of the newest request that
-- had this kind, or up to an hour older; retention deletes kinds that no request has any more.
CREATE TABLE request_kinds (
  id              INTEGER PRIMARY KEY,
  last_used       INTEGER NOT NULL,
  mark            TEXT NOT NULL,
  endpoint        TEXT NOT NULL,
  wire            TEXT NOT NULL,
  requested       TEXT NOT NULL,
  node            TEXT,
  lane            TEXT,
  rule            TEXT,
  target          TEXT,
  generation      INTEGER NOT NULL,
  stream          INTEGER NOT NULL,
  state           TEXT NOT NULL,
  status          INTEGER,
  usage_estimated INTEGER NOT NULL,
  plan_id         INTEGER NOT NULL REFERENCES plans (id)
) STRICT;

INSERT INTO request_kinds (last_used, mark, endpoint, wire, requested, node, lane, rule, target, generation, stream,
    state, status, usage_estimated, plan_id)
  SELECT DISTINCT 0, substr(id, -4), endpoint, wire, requested, node, lane, rule, target, generation, stream,
    state, status, usage_estimated, plan_id FROM requests;

-- Only for this migration.
CREATE INDEX request_kinds_all ON request_kinds (requested, plan_id, target, state, status, mark, endpoint, wire, node,
  lane, rule, generation, stream, usage_estimated);

-- `id` is the number in the request's id: milliseconds and a count. `kind_id` has no REFERENCES: each kind that is
-- deleted would then be looked for in the whole ledger.
CREATE TABLE requests_new (
  id                  INTEGER PRIMARY KEY,
  kind_id             INTEGER NOT NULL,
  started_ms          INTEGER NOT NULL,
  duration_us         INTEGER,
  input_tokens        INTEGER,
  output_tokens       INTEGER,
  cached_input_tokens INTEGER,
  reasoning_tokens    INTEGER,
  user                TEXT,
  times               TEXT NOT NULL,
  more                TEXT
) STRICT;

-- `request_number` rises with each call, so that the numbers are distinct; the requests are read in the order of their
-- ids. `only` is the attempt of a request that has no other and nothing that its request does not show.
INSERT INTO requests_new
  SELECT request_number(request.id), kind.id,
    CAST(round((julianday(request.started_at) - 2440587.5) * 86400000) AS INTEGER),
    CAST(round(request.duration_ms * 1000) AS INTEGER),
    input_tokens, output_tokens, cached_input_tokens, reasoning_tokens, user,
    CASE WHEN only.n IS NULL THEN phases
      ELSE concat(phases, ';', CAST(round(only.start_ms * 1000) AS INTEGER), ',',
        CAST(round(only.first_byte_ms * 1000) AS INTEGER), ',',
        CAST(round(only.first_token_ms * 1000) AS INTEGER), ',',
        CAST(round(only.duration_ms * 1000) AS INTEGER)) END,
    CASE WHEN only.n IS NULL OR client_request_id IS NOT NULL OR warnings <> '[]' OR error IS NOT NULL THEN
      json_object(
        'clientRequestId', client_request_id,
        'attempts', json(CASE WHEN only.n IS NULL THEN (
          SELECT json_group_array(json_object('n', n, 'target', target, 'class', class, 'status', status,
            'startMs', start_ms, 'firstByteMs', first_byte_ms, 'firstTokenMs', first_token_ms,
            'durationMs', duration_ms, 'possibleDuplicate', json(iif(possible_duplicate, 'true', 'false')),
            'retryAfterMs', retry_after_ms, 'message', message) ORDER BY n)
          FROM attempts WHERE request_id = request.id) END),
        'warnings', nullif(warnings, '[]'),
        'error', error) END
  FROM requests AS request
  CROSS JOIN request_kinds AS kind ON kind.requested = request.requested AND kind.plan_id = request.plan_id
    AND kind.target IS request.target AND kind.state = request.state AND kind.status IS request.status
    AND kind.mark = substr(request.id, -4) AND kind.endpoint = request.endpoint AND kind.wire = request.wire
    AND kind.node IS request.node AND kind.lane IS request.lane AND kind.rule IS request.rule
    AND kind.generation = request.generation AND kind.stream = request.stream
    AND kind.usage_estimated = request.usage_estimated
  LEFT JOIN attempts AS only ON only.request_id = request.id AND only.n = 1 AND only.class IS NULL
    AND only.target = request.target AND only.status IS request.status AND only.possible_duplicate = 0
    AND only.retry_after_ms IS NULL AND only.message IS NULL
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE request_id = request.id AND n <> 1)
  ORDER BY request.id;

UPDATE request_kinds SET last_used = (SELECT coalesce(max(id), 0) FROM requests_new);

DROP INDEX request_kinds_all;
DROP TABLE attempts;
DROP TABLE requests;
ALTER TABLE requests_new RENAME TO requests;

-- For retention; kinds are written rarely.
CREATE INDEX request_kinds_last_used ON request_kinds (last_used);
CREATE INDEX request_kinds_plan ON request_kinds (plan_id);
