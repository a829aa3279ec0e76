import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openStateFile } from '../../../src/store/files/state-file.ts';
import { nextKeyPath } from '../../../src/store/secrets/key-file.ts';
import { SecretVault } from '../../../src/store/secrets/vault.ts';
import { StoredChanges } from '../../../src/store/stored-changes.ts';
import { AT, auditOf, integrityOf, readableLog, temporaryFolder } from '../harness.ts';
import { readState } from '../../../src/store/transactions.ts';

const CHILD = join(import.meta.dirname, 'kill-child.ts');

/** LANEWAY_TEST_KILLS=10 kills ten times at every step; else some steps are tried once. */
const ROUNDS = Number(process.env['LANEWAY_TEST_KILLS'] ?? 0);
const SAMPLE = 6;

/** Runs a job; its number of steps, null when it was killed. */
function run(directory: string, job: string, step: number, mark: string): number | null {
  const { stdout, stderr, signal, status } = spawnSync(
    process.execPath,
    [CHILD, directory, job, String(step), mark],
    { encoding: 'utf8', timeout: 30_000 },
  );
  if (signal === 'SIGKILL') return null;
  expect([status, stderr]).toEqual([0, '']);
  return Number(stdout);
}

interface Stored {
  readonly generation: number;
  readonly audited: number;
  /** The check value of the master key that all secrets are wrapped by. */
  readonly check: string | undefined;
  /** The names of the providers in the rows of providers, and the texts of the secrets, as a start finds them. */
  readonly marks: ReadonlySet<unknown>;
  readonly texts: readonly (string | undefined)[];
}

/** What the next start finds, with an interrupted rotation completed. */
async function restarted(directory: string): Promise<Stored> {
  const file = openStateFile(directory, AT);
  try {
    const { generation, configuration } = readState(file.state);
    const { providers, secrets } = configuration;
    const log = readableLog();
    const vault = new SecretVault({ directory, environmentKey: null, sealed: secrets, log });
    if (vault.isRotating) {
      const changes = new StoredChanges(file.state);
      await vault.rotate(
        {
          rewrapSecrets: async (changed) => {
            changes.rewrap(changed);
          },
        },
        { actor: 'local', at: '2026-01-01T00:00:00.000Z' },
      );
    }
    const checks = readState(file.state).configuration.secrets.map(({ keyCheck }) => keyCheck);
    expect([new Set(checks).size, existsSync(nextKeyPath(directory)), log.lines]).toEqual([1, false, []]);
    return {
      ...{ generation, audited: auditOf(directory).length, check: checks[0] },
      marks: new Set(providers.map(({ entry }) => (JSON.parse(entry) as { name: string }).name)),
      texts: vault.list().map(({ name }) => vault.get(name)),
    };
  } finally {
    file.close();
  }
}

/** The steps to be killed at, of so many. */
function stepsOf(total: number): number[] {
  const all = Array.from({ length: total }, (_, index) => index + 1);
  if (ROUNDS > 0) return Array.from({ length: ROUNDS }, () => all).flat();
  return all.filter((step) => (step - 1) % Math.ceil(total / SAMPLE) === 0 || step === total);
}

test.each(['import', 'provider'])(
  'kill -9 at any step of the change "%s" leaves the old keys and entries or the new ones, with one audit row',
  { timeout: 3_600_000 },
  async (job) => {
    const directory = temporaryFolder();
    run(directory, job, 0, 'first');
    const total = run(directory, job, 0, 'second') ?? 0;
    expect(total).toBeGreaterThanOrEqual(20);
    let before = await restarted(directory);
    for (const [round, step] of stepsOf(total).entries()) {
      const mark = `mark-${round}`;
      expect(run(directory, job, step, mark)).toBeNull();
      const after = await restarted(directory);
      const isNew = after.marks.has(mark);
      const [one] = before.marks;
      expect([step, after]).toEqual([
        step,
        {
          generation: before.generation + (isNew ? 1 : 0),
          audited: before.audited + (isNew ? 1 : 0),
          check: before.check,
          marks: new Set([isNew ? mark : one]),
          texts: before.texts.map((text) => (isNew ? text?.replace(String(one), mark) : text)),
        },
      ]);
      before = after;
    }
    expect(integrityOf(directory)).toBe('ok');
  },
);

test(
  'kill -9 at any step of a rotation loses no secret, and the next start completes it, with one audit row',
  { timeout: 3_600_000 },
  async () => {
    const directory = temporaryFolder();
    run(directory, 'import', 0, 'first');
    const total = run(directory, 'rotate', 0, '') ?? 0;
    expect(total).toBeGreaterThanOrEqual(20);
    let before = await restarted(directory);
    for (const step of stepsOf(total)) {
      expect(run(directory, 'rotate', step, '')).toBeNull();
      const after = await restarted(directory);
      const { check } = after;
      const audited = before.audited + (check === before.check ? 0 : 1);
      expect([step, after]).toEqual([step, { ...before, audited, check }]);
      before = after;
    }
  },
);

test(
  'kill -9 at any step of storing the first key leaves no key without its secrets',
  { timeout: 3_600_000 },
  async () => {
    const total = run(temporaryFolder(), 'import', 0, 'first') ?? 0;
    for (const step of stepsOf(total)) {
      const directory = temporaryFolder();
      expect(run(directory, 'import', step, 'first')).toBeNull();
      // The next start stores keys, whatever the killed one has left.
      run(directory, 'import', 0, 'second');
      const { marks, texts } = await restarted(directory);
      expect([marks, new Set(texts)]).toEqual([
        new Set(['second']),
        new Set(['one', 'two', 'three', 'four', 'five'].map((id) => `sk-fake-${id}-second`)),
      ]);
    }
  },
);
