import fc from 'fast-check';
import { expect, it } from 'vitest';
import Sqlite from 'better-sqlite3';
import type { LedgerAttempt, LedgerRow } from '../../../src/protocol/ledger.ts';
import { migrate, readMigrations } from '../../../src/store/files/migrations.ts';
import { Ledger } from '../../../src/store/ledger/ledger.ts';
import { Reports } from '../../../src/store/ledger/report-queries.ts';
import { packRows } from '../../../src/store/ledger/row-packing.ts';
import { AT, page, rowId } from '../harness.ts';

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

/** Milliseconds with microsecond precision, as traces have them. */
const ms = fc.integer({ min: 0, max: 4_000_000_000 }).map((us) => us / 1000);

const count = orNull(fc.integer({ min: 0, max: 2_000_000 }));

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(';', ',', '', 'null', '漢"\\'),
);

/** Few values, so that requests share some of them. */
const word = fc.constantFrom('one', 'two', 'three');

const status = orNull(fc.constantFrom(200, 201, 429, 502));

const attempt: fc.Arbitrary<Omit<LedgerAttempt, 'n'>> = fc.record({
  ...{ target: word, class: orNull(fc.constantFrom('busy', 'timeout')), status },
  ...{ startMs: ms, firstByteMs: orNull(ms), firstTokenMs: orNull(ms), durationMs: orNull(ms) },
  ...{ possibleDuplicate: fc.boolean(), retryAfterMs: orNull(ms), message: orNull(text) },
});

const attempts = fc
  .array(attempt, { maxLength: 3 })
  .map((list) => list.map((each, index) => ({ n: index + 1, ...each })));

const row: fc.Arbitrary<Omit<LedgerRow, 'id'>> = fc.record({
  state: fc.constantFrom('running', 'settled', 'partial', 'client_closed', 'failed', 'interrupted'),
  startedMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  durationMs: orNull(ms),
  ...{ endpoint: word, wire: word, requested: fc.oneof(word, text), node: orNull(word), lane: orNull(word) },
  ...{ target: orNull(word), rule: orNull(word), generation: fc.integer({ min: 0, max: 3 }) },
  ...{ user: orNull(text), clientRequestId: orNull(text), stream: fc.boolean(), status, attempts },
  ...{ inputTokens: count, outputTokens: count, cachedInputTokens: count, reasoningTokens: count },
  usageEstimated: fc.boolean(),
  phases: fc.array(orNull(fc.nat()), { minLength: 9, maxLength: 9 }).map((marks) => marks.join()),
  plan: fc.constantFrom('[]', '["one"]', '["two"]'),
  warnings: fc.constantFrom('[]', '[{"code":"x"}]'),
  error: orNull(text.map((message) => JSON.stringify({ error: { message } }))),
});

/** A request whose only attempt answered it, which is stored without its attempt. */
const clean = fc.tuple(row, attempt).map(([request, each]): Omit<LedgerRow, 'id'> => {
  const { target, status: code } = request;
  const follows = { n: 1, class: null, target: target ?? 'one', status: code, possibleDuplicate: false };
  return { ...request, attempts: [{ ...each, ...follows, retryAfterMs: null, message: null }] };
});

it('whatever a request was like, its trace is read back unchanged', () => {
  const database = new Sqlite(':memory:');
  migrate(database, readMigrations(), AT);
  const ledger = new Ledger(database);
  const reports = new Reports(database);
  let number = 0;
  const property = fc.property(
    fc.array(fc.oneof(row, clean), { minLength: 1, maxLength: 120 }),
    (requests) => {
      const rows = requests.map((each) => ({ id: rowId((number += 1)), ...each }));
      expect(ledger.write(structuredClone(packRows(rows)))).toEqual({ refused: 0, reason: null });
      expect(reports.listRows(page(rows.length))).toEqual(rows.toReversed());
      for (const each of rows.slice(0, 3)) expect(reports.getRow(each.id)).toEqual(each);
    },
  );
  fc.assert(property, { numRuns: 60 });
  database.close();
});
