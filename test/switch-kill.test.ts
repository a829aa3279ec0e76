import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { startProcess } from './support/process.ts';

const TARGETS = ['a', 'b'] as const;
const SWITCHES = 50;

const files = {
  'models.json': {
    default_lane: 'main',
    providers: Object.fromEntries(
      TARGETS.map((id) => [id, { type: 'openai_compatible', base_url: 'http://127.0.0.1:59998/v1' }]),
    ),
    lanes: { main: { preferred: ['a/m', 'b/m'] } },
    nodes: { evaluate: { lane: 'main' } },
  },
};

interface Stored {
  readonly generation: number;
  readonly model: string | null;
  /** What the audit rows say the assignment became, in order. */
  readonly audited: readonly string[];
  readonly integrity: unknown;
}

/** What the state file says, read by nobody but SQLite. */
function readState(folder: string): Stored {
  const database = new Database(join(folder, 'data', 'laneway.db'));
  try {
    const generation = database.prepare("SELECT value FROM settings WHERE name = 'generation'").pluck().get();
    const model = database
      .prepare("SELECT model FROM node_overrides WHERE subject = 'evaluate'")
      .pluck()
      .get();
    const audited = database
      .prepare('SELECT "to" FROM audit_log WHERE action = \'switch\' ORDER BY seq')
      .pluck()
      .all();
    const integrity = database.pragma('integrity_check', { simple: true });
    return {
      generation: Number(generation),
      model: typeof model === 'string' ? model : null,
      audited: audited.map(String),
      integrity,
    };
  } finally {
    database.close();
  }
}

test('kill -9 during 50 switches leaves the old or the new assignment, and an audit row for each change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-kill-'));
  try {
    let changes = 0;
    for (const killAfter of [3, 17, 41]) {
      const laneway = await startProcess({ folder, files });
      let acknowledged = changes;
      let sent = changes;
      const put = async (index: number): Promise<void> => {
        const provider = TARGETS[index % 2] ?? 'a';
        sent += 1;
        const answer = await fetch(`${laneway.url}/api/debug/models/evaluate`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ provider, model_id: 'm', reason: `switch ${index}` }),
        });
        if (answer.status === 200) acknowledged += 1;
      };
      for (let index = 0; index < SWITCHES; index += 1) {
        const asked = put(changes + index).catch(() => undefined);
        if (index === killAfter) laneway.child.kill('SIGKILL');
        await asked;
        if (index >= killAfter) break;
      }
      await laneway.exit;

      const state = readState(folder);
      expect(state.integrity).toBe('ok');
      expect(state.audited.length).toBeGreaterThanOrEqual(acknowledged);
      expect(state.audited.length).toBeLessThanOrEqual(sent);
      // The first generation is the configuration's; each change since is one more, and has its row.
      expect(state.generation).toBe(1 + state.audited.length);
      expect(state.model).toBe(state.audited.at(-1));
      changes = state.audited.length;
    }
    const after = await startProcess({ folder });
    const { generation, assignments } = (await (await fetch(`${after.url}/api/debug/models`)).json()) as {
      generation: number;
      assignments: Record<string, { provider: string }>;
    };
    const state = readState(folder);
    expect(generation).toBe(state.generation);
    expect(`${assignments['evaluate']?.provider}/m`).toBe(state.model);
    await after.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
