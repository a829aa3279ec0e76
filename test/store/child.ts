// Jobs that tests run in a process of its own, to kill it or to limit its file sizes.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreFault } from '../../src/store/files/fault.ts';
import { openStore } from '../../src/store/open.ts';
import type { AssignmentChange } from '../../src/protocol/assignment.ts';
import type { LedgerRow } from '../../src/protocol/ledger.ts';
import { StoreUnavailable, type Store } from '../../src/store/store.ts';
import { requestId, requestNumberAt } from '../../src/util/request-id.ts';

const AT = '2026-01-01T00:00:00.000Z';

const ANY = { before: null, node: null, lane: null, target: null, state: null };

const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};

let ledgerRecovered = false;

const log = {
  info: () => undefined,
  warn: (_: unknown, message: string) => {
    say(`warn ${message}`);
    ledgerRecovered ||= message === 'the ledger is writable again';
  },
  error: (_: unknown, message: string) => say(`error ${message}`),
};

function change(number: number): AssignmentChange {
  const to = { model: `groq/model-${number}`, lane: null, settings: null };
  const labels = { fromLabel: `groq/model-${number - 1}`, toLabel: `groq/model-${number}` };
  return {
    ...{ user: null, subject: 'evaluate', to, expiresAt: null, ...labels, action: 'switch', undoes: null },
    ...{ reason: null, actor: 'local', at: AT },
  };
}

function row(number: number): LedgerRow {
  const named = {
    endpoint: '/v1/chat/completions',
    wire: 'openai-chat',
    requested: 'auto',
    node: null,
    lane: null,
  };
  const tokens = {
    inputTokens: null,
    outputTokens: null,
    cachedInputTokens: null,
    reasoningTokens: null,
    usageEstimated: false,
  };
  const texts = { phases: JSON.stringify('x'.repeat(1_000)), plan: '[]', warnings: '[]', error: null };
  const id = requestId(requestNumberAt(Date.parse(AT)) + number, 'test');
  return {
    ...{
      id,
      state: 'running',
      startedMs: Date.parse(AT),
      durationMs: null,
      ...named,
      target: null,
      generation: 1,
      user: null,
    },
    ...{ clientRequestId: null, rule: null, stream: false, status: null, attempts: [], ...tokens, ...texts },
  };
}

/** Records a configuration and switches 50 times, printing each acknowledged switch; waits to be killed. */
async function switching(store: Store): Promise<void> {
  let { generation } = await store.load();
  for (const last = generation + 50; generation < last;) {
    say(`asked ${generation + 1}`);
    ({ generation } = await store.assign(change(generation + 1)));
    say(`acknowledged ${generation}`);
  }
  say('done');
  await sleep(60_000);
}

/** Records rows and prints those that are committed, until it is killed. */
async function recording(store: Store): Promise<void> {
  for (let number = 0; number < 500; number += 1) store.record(row(number));
  await sleep(300);
  say('recorded');
  await sleep(60_000);
}

/**
 * Records more ledger rows than the disk holds, tries a switch every 50 ms and prints changes of its outcome; closes the
 * store when both work again.
 */
async function filling(store: Store): Promise<void> {
  for (let number = 0; number < 1_000; number += 1) store.record(row(number));
  for (let last = ''; ; await sleep(50)) {
    const { generation } = await store.load();
    const outcome = await outcomeOf(store.assign(change(generation + 1)));
    const { requests } = await store.listRequests({ limit: 1, ...ANY });
    if (outcome !== last) say(`${outcome} ${requests[0]?.id ?? 'no row'}`);
    last = outcome;
    if (outcome === 'switched' && ledgerRecovered) break;
  }
  await store.close();
  say('closed');
}

/** Prints the readable state and whether a switch is possible. */
async function reading(store: Store): Promise<void> {
  const { generation, overrides } = await store.load();
  say(`${generation} ${overrides.map((override) => override.model).join()}`);
  say(await outcomeOf(store.assign(change(99))));
  await store.close();
}

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'switched';
  } catch (error) {
    return error instanceof StoreUnavailable ? 'unavailable' : String(error);
  }
}

const JOBS: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  holding: async () => sleep(60_000),
  /** Leaves a row waiting, and nothing to keep the process alive. */
  idle: async (store) => store.record(row(1)),
  switching,
  recording,
  filling,
  reading,
};

const [, , job = '', directory = ''] = process.argv;
say('starting');
// Permissions do not apply to root, the user of tests in containers.
if (job === 'reading' && process.getuid?.() === 0) process.setuid?.(65_534);
try {
  const store = await openStore({ directory, log });
  say('open');
  await JOBS[job]?.(store);
} catch (error) {
  if (!(error instanceof StoreFault)) throw error;
  say(`refused ${error.message}`);
  process.exitCode = error.exitCode;
}
