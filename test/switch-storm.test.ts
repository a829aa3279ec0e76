import Database from 'better-sqlite3';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { sse } from './support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from './support/fake-upstream.ts';
import { chunks } from './support/gateway.ts';
import { chatScript } from './support/model-list.ts';
import { startProcess, type GatewayProcess } from './support/process.ts';

const PROVIDERS = ['a', 'b', 'c', 'd'] as const;
type ProviderId = (typeof PROVIDERS)[number];

/** The full storm takes a minute. */
const full = process.env['LANEWAY_TEST_STORM'] === '1';

const LONG_EVENTS = 20;
const GAP_MS = 100;

/** Events that each bear the name of who sent them. */
function stamped(id: ProviderId, words: number): string[] {
  const events = chunks(...Array.from({ length: words }, (_, index) => `${id}${index} `));
  return [...events.map((event) => event.replace('chatcmpl-1', `chatcmpl-${id}`)), '[DONE]'];
}

const bytesOf = (events: readonly string[]): string => events.map((event) => `data: ${event}\n\n`).join('');

interface Answer {
  readonly status: number;
  readonly target: string;
  readonly generation: number;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true });
const upstreams = new Map<ProviderId, FakeUpstream>();
let laneway: GatewayProcess;

beforeAll(async () => {
  for (const id of PROVIDERS) {
    const long = sse(stamped(id, LONG_EVENTS), { delayMs: GAP_MS });
    const short = sse(stamped(id, 1));
    const script = chatScript((request) => (request.body.includes('"long"') ? long : short));
    upstreams.set(id, await startFakeUpstream(script));
  }
  laneway = await startProcess({
    files: {
      'models.json': {
        default_lane: 'main',
        providers: Object.fromEntries(
          PROVIDERS.map((id) => [
            id,
            { type: 'openai_compatible', base_url: `${upstreams.get(id)?.url}/v1`, local: true },
          ]),
        ),
        lanes: { main: { preferred: ['a/m'] } },
        nodes: { evaluate: { model: 'a/m' } },
      },
    },
  });
});
afterAll(async () => {
  agent.destroy();
  await laneway.stop();
  for (const upstream of upstreams.values()) await upstream.close();
});

async function call(method: string, path: string, body: unknown): Promise<Answer> {
  const { hostname, port } = new URL(laneway.url);
  const sent = httpRequest({
    ...{ agent, host: hostname, port, method, path },
    headers: { 'content-type': 'application/json' },
  });
  sent.end(JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return {
    status: response.statusCode ?? 0,
    target: String(response.headers['x-laneway-target']),
    generation: Number(response.headers['x-laneway-generation']),
    body: text,
  };
}

const chat = (kind: 'long' | 'short'): Promise<Answer> =>
  call('POST', '/v1/chat/completions', {
    model: 'evaluate',
    stream: true,
    messages: [{ role: 'user', content: kind }],
  });

/** What became of one storm. */
interface Storm {
  /** The target of each generation, as the answers to the switches told it. */
  readonly targets: ReadonlyMap<number, string>;
  readonly longs: readonly Answer[];
  /** Each the first request after a switch was answered, with the provider that was switched to. */
  readonly firsts: readonly (readonly [ProviderId, Answer])[];
  readonly changes: number;
}

async function storm(switches: number, streams: number, overMs: number): Promise<Storm> {
  const targets = new Map<number, string>([[await generation(), 'a/m']]);
  const longs: Answer[] = [];
  const firsts: [ProviderId, Answer][] = [];
  let raging = true;
  const stream = async (index: number): Promise<void> => {
    await sleep((index * LONG_EVENTS * GAP_MS) / streams);
    while (raging) longs.push(await chat('long'));
  };
  const running = Promise.all(Array.from({ length: streams }, (_, index) => stream(index)));
  const start = performance.now();
  let current: ProviderId = 'a';
  let changes = 0;
  for (let index = 0; index < switches; index += 1) {
    await sleep(Math.max(0, start + (index * overMs) / switches - performance.now()));
    // Every tenth asks for what is there already, which is no change.
    const next: ProviderId = index % 10 === 9 ? current : (PROVIDERS[(index * 7 + 1) % 4] ?? 'a');
    const isChange = next !== current;
    const { status, body } = await call('PUT', '/api/debug/models/evaluate', {
      provider: next,
      model_id: 'm',
    });
    expect(status).toBe(200);
    const told = (JSON.parse(body) as { generation: number }).generation;
    expect(targets.has(told)).toBe(!isChange);
    targets.set(told, `${next}/m`);
    if (isChange) changes += 1;
    current = next;
    firsts.push([next, await chat('short')]);
  }
  raging = false;
  await running;
  return { targets, longs, firsts, changes };
}

async function generation(): Promise<number> {
  const reply = await fetch(`${laneway.url}/api/debug/models`);
  return ((await reply.json()) as { generation: number }).generation;
}

/** Resident memory of the gateway in MB; null where the system does not tell. */
function residentMb(): number | null {
  if (process.platform !== 'linux') return null;
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${laneway.pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

const REQUESTS = 'requests JOIN request_kinds ON request_kinds.id = kind_id';

interface Rows {
  readonly requests: number;
  readonly settled: number;
  /** Requests whose target is not what their generation had. */
  readonly mixed: number;
  readonly switches: number;
}

function rowsIn(folder: string, targets: Storm['targets']): Rows {
  const database = new Database(join(folder, 'data', 'laneway.db'), { readonly: true });
  try {
    const count = (sql: string): number => Number(database.prepare(sql).pluck().get());
    const rows = database.prepare(`SELECT generation, target FROM ${REQUESTS}`).all() as {
      generation: number;
      target: string;
    }[];
    return {
      mixed: rows.filter((row) => targets.get(row.generation) !== row.target).length,
      requests: count('SELECT count(*) FROM requests'),
      settled: count(`SELECT count(*) FROM ${REQUESTS} WHERE state = 'settled'`),
      switches: count("SELECT count(*) FROM audit_log WHERE action IN ('switch', 'reset')"),
    };
  } finally {
    database.close();
  }
}

/** Whether the answers are whole, each of one target, and that the one which their generation had. */
function judge({ targets, longs, firsts }: Storm): void {
  const whole = (kind: string): Map<string, string> =>
    new Map(PROVIDERS.map((id) => [`${id}/m`, bytesOf(stamped(id, kind === 'long' ? LONG_EVENTS : 1))]));
  const [wholeLong, wholeShort] = [whole('long'), whole('short')];
  const faults: string[] = [];
  const check = ({ status, target, generation: at, body }: Answer, wanted: string | undefined): void => {
    if (status !== 200) faults.push(`status ${status}: ${body.slice(0, 200)}`);
    else if (body !== wanted) faults.push(`not what ${target} sends: ${body.slice(0, 300)}`);
    else if (targets.get(at) !== target) faults.push(`${target} in generation ${at} of ${targets.get(at)}`);
  };
  for (const answer of longs) check(answer, wholeLong.get(answer.target));
  for (const [switched, answer] of firsts) {
    check(answer, wholeShort.get(answer.target));
    if (answer.target !== `${switched}/m`) faults.push(`after the switch to ${switched}: ${answer.target}`);
  }
  expect(faults).toEqual([]);
}

async function rage(switches: number, streams: number, overMs: number): Promise<void> {
  const before = residentMb();
  const raged = await storm(switches, streams, overMs);
  const after = residentMb();
  console.log(
    `${switches} switches (${raged.changes} changes) under ${streams} streams: ${raged.longs.length} streams, ` +
      `memory ${before ?? '?'} MB before, ${after ?? '?'} MB behind`,
  );
  judge(raged);
  expect(raged.longs.length).toBeGreaterThanOrEqual(streams);
  expect(new Set(raged.longs.map(({ target }) => target)).size).toBe(PROVIDERS.length);

  laneway.child.kill('SIGTERM');
  expect((await laneway.exit).code).toBe(0);
  const asked = raged.longs.length + raged.firsts.length;
  const rows = { requests: asked, settled: asked, mixed: 0, switches: raged.changes };
  expect(rowsIn(laneway.folder, raged.targets)).toEqual(rows);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, '..', 'scripts', 'laneway.mjs'), 'audit', 'verify'],
    { cwd: laneway.folder, env: { PATH: process.env['PATH'], HOME: laneway.folder } },
  );
  expect(stdout).toMatch(/^\d+ rows, chain intact$/m);
}

test.skipIf(full)(
  '150 switches in 10 s under 100 streams lose and mix up nothing',
  () => rage(150, 100, 10_000),
  60_000,
);

test.skipIf(!full)(
  '1,000 switches in 60 s under 200 streams lose and mix up nothing (LANEWAY_TEST_STORM=1 runs it)',
  () => rage(1_000, 200, 60_000),
  150_000,
);
