import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import {
  auditOf,
  Child,
  configuration,
  integrityOf,
  openForTest,
  page,
  startChild,
  temporaryFolder,
  withDatabase,
} from './harness.ts';

// A child that ends normally fills the compile cache for those that are killed.
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'laneway-store-'));
  await new Child('idle', directory).exitCode();
  rmSync(directory, { recursive: true });
});

/** Kills a process in the middle of its switches; returns the last requested one and the last acknowledged one. */
async function killWhileSwitching(
  directory: string,
  afterSwitches: number,
): Promise<[asked: number, done: number]> {
  const child = startChild('switching', directory);
  await child.until('open');
  let asked = 0;
  let acknowledged = 0;
  let seen = 0;
  for (let line = await child.line(); line !== undefined && line !== 'done'; line = await child.line()) {
    const [word, number] = line.split(' ');
    if (word === 'asked') asked = Number(number);
    if (word === 'acknowledged') acknowledged = Number(number);
    if (word === 'acknowledged') seen += 1;
    if (seen === afterSwitches) child.process.kill('SIGKILL');
  }
  await child.kill();
  return [asked, acknowledged];
}

it(
  'kill -9 during switches keeps every acknowledged one complete, with its audit row',
  { timeout: 60_000 },
  async () => {
    const directory = temporaryFolder();
    let before = 0;
    for (let cycle = 0; cycle < 12; cycle += 1) {
      const [asked, acknowledged] = await killWhileSwitching(directory, 1 + cycle * 4);
      const { generation, model, reasons } = withDatabase(directory, (database) => ({
        generation: database
          .prepare<[], number>(`SELECT value FROM settings WHERE name = 'generation'`)
          .pluck()
          .get(),
        model: database.prepare<[], string>('SELECT model FROM node_overrides').pluck().get(),
        reasons: database.prepare<[], string>('SELECT reason FROM node_overrides').pluck().all(),
      }));
      expect(acknowledged).toBeGreaterThan(before);
      expect(generation).toBeGreaterThanOrEqual(acknowledged);
      expect(generation).toBeLessThanOrEqual(asked);
      expect(model).toBe(`groq/model-${Number(generation)}`);
      expect(reasons).toEqual([null]);
      const expected = Array.from({ length: Number(generation) }, (_, index) => `groq/model-${index + 1}`);
      expect(auditOf(directory).map((entry) => entry.to)).toEqual(expected);
      expect(integrityOf(directory)).toBe('ok');
      before = Number(generation);
    }
  },
);

it('committed ledger rows survive kill -9, and running requests become interrupted', async () => {
  const directory = temporaryFolder();
  const child = startChild('recording', directory);
  await child.until('recorded');
  await child.kill();
  const store = await openForTest(directory);
  const { requests } = await store.listRequests(page(500, null));
  expect(requests).toHaveLength(500);
  expect(new Set(requests.map((row) => row.state))).toEqual(new Set(['interrupted']));
});

it(
  'kill -9 while the database is created leaves a complete one or none, and the next start succeeds',
  { timeout: 60_000 },
  async () => {
    const found = { none: 0, whole: 0 };
    for (let cycle = 0; cycle < 8; cycle += 1) {
      const directory = temporaryFolder();
      const child = startChild('idle', directory);
      await child.until('starting');
      while (!existsSync(join(directory, 'lock.db'))) await sleep(1);
      await sleep(cycle);
      await child.kill();
      if (existsSync(join(directory, 'laneway.db'))) {
        found.whole += 1;
        const tables = withDatabase(directory, (database) =>
          database.prepare('SELECT name FROM sqlite_schema').all(),
        );
        expect(tables.length).toBeGreaterThan(5);
      } else {
        found.none += 1;
      }
      const store = await openForTest(directory);
      expect(
        (await store.noteConfiguration(configuration('first', '2026-01-01T00:00:00.000Z'))).generation,
      ).toBe(1);
      await store.close();
      expect(readdirSync(directory).toSorted()).toEqual(['laneway.db', 'lock.db']);
    }
    expect(found.none).toBeGreaterThan(0);
  },
);

it('leftovers of a killed creation and a killed check are removed by the next start', async () => {
  const directory = temporaryFolder();
  for (const suffix of ['', '-journal', '-wal', '-shm'])
    writeFileSync(join(directory, `laneway.db.new${suffix}`), 'half');
  mkdirSync(join(directory, 'laneway.db.check'));
  writeFileSync(join(directory, 'laneway.db.check', 'view.db'), 'half');
  await (await openForTest(directory)).close();
  expect(readdirSync(directory).toSorted()).toEqual(['laneway.db', 'lock.db']);
});
