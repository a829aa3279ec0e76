import Database from 'better-sqlite3';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { writeConfig } from '../../support/config-files.ts';
import type { KillPoint } from './profile-child.ts';

const CHILD = join(import.meta.dirname, 'profile-child.ts');

const FILES = {
  'models.json': {
    default_lane: 'main',
    providers: { box: { type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1' } },
    lanes: { main: { preferred: ['box/m'] } },
    nodes: { evaluate: { model: 'box/m' } },
  },
  'user_profiles/night.json': { nodes: { evaluate: { model: 'box/small' } } },
};

/** Runs one job to its end, or to the point; what it said of itself, null when it was killed. */
function run(folder: string, job: string, point: KillPoint): string | null {
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [CHILD, folder, job, point], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (signal === 'SIGKILL') return null;
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

interface State {
  readonly generation: number;
  readonly profile: string | null;
  /** `from → to` of the audit rows, without the reloads. */
  readonly audited: readonly string[];
  readonly rows: number;
}

/** What the state file says, read by nobody but SQLite. */
function stateOf(folder: string): State {
  const database = new Database(join(folder, 'data', 'laneway.db'));
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    const setting = (name: string): string | null =>
      database.prepare<[string], string>('SELECT value FROM settings WHERE name = ?').pluck().get(name) ??
      null;
    const active = setting('active_profile');
    const audit = database
      .prepare<[], { action: string; from: string | null; to: string | null }>(
        'SELECT action, "from", "to" FROM audit_log ORDER BY seq',
      )
      .all();
    return {
      generation: Number(setting('generation')),
      profile: active === '' ? null : active,
      audited: audit
        .filter(({ action }) => action === 'profile')
        .map(({ from, to }) => `${from ?? '-'} → ${to ?? '-'}`),
      rows: audit.length,
    };
  } finally {
    database.close();
  }
}

function start(): string {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-profile-kill-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  writeConfig(folder, FILES);
  return folder;
}

/** LANEWAY_TEST_KILLS=10 kills ten times at each point; a process takes half a second. */
const ROUNDS = Number(process.env['LANEWAY_TEST_KILLS'] ?? 2);
const POINTS: readonly KillPoint[] = [
  'read',
  'checked',
  'written',
  'commit-0',
  'commit-1',
  'commit-3',
  'stored',
];

test(
  `kill -9 at ${POINTS.length} points of an activation leaves the old profile or the new one, and a row only of the new one`,
  { timeout: 300_000 },
  () => {
    const folder = start();
    expect(run(folder, '', 'none')).toBe('done 1 box/m');
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const point of POINTS) {
        const before = stateOf(folder);
        const job = before.profile === null ? 'activate' : 'deactivate';
        run(folder, job, point);
        const after = stateOf(folder);
        const changed = after.profile === before.profile ? 0 : 1;
        expect([point, after.generation, after.audited.length]).toEqual([
          ...[point, before.generation + changed, before.audited.length + changed],
        ]);
        if (point === 'stored') expect(changed).toBe(1);
        if (['read', 'checked', 'written'].includes(point)) expect(changed).toBe(0);
        // The next start has what is stored, whole, and is no change.
        const model = after.profile === null ? 'box/m' : 'box/small';
        expect(run(folder, '', 'none')).toBe(`done ${after.generation} ${model}`);
        expect(stateOf(folder)).toEqual(after);
      }
    }
    const verified = execFileSync(
      process.execPath,
      [join(import.meta.dirname, '..', '..', '..', 'scripts', 'laneway.mjs'), 'audit', 'verify'],
      { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } },
    );
    expect(verified).toMatch(/chain intact$/m);
  },
);

test(
  'kill -9 during a change of the active profile leaves the old content or the new one, and one row where it is the new one',
  { timeout: 300_000 },
  () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const point of ['checked', 'written', 'commit-1', 'stored'] as const) {
        const folder = start();
        expect(run(folder, 'activate', 'none')).toBe('done 2 box/small');
        const before = stateOf(folder);
        run(folder, 'change', point);
        const file = readFileSync(join(folder, 'config', 'user_profiles', 'night.json'), 'utf8');
        const model = (JSON.parse(file) as { nodes: { evaluate: { model: string } } }).nodes.evaluate.model;
        const isNew = model === 'box/tiny';
        expect([point, model]).toEqual([point, isNew ? 'box/tiny' : 'box/small']);
        if (point === 'checked') expect(isNew).toBe(false);
        else expect(isNew).toBe(true);
        // A file that was written and not noted is a change that the next start notes.
        const change = isNew ? 1 : 0;
        expect(run(folder, '', 'none')).toBe(`done ${before.generation + change} ${model}`);
        const after = stateOf(folder);
        expect([after.profile, after.rows]).toEqual(['night', before.rows + change]);
      }
    }
  },
);
