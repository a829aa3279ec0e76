// Where the microseconds of a request or of an event go: CPU profiles of the bare proxy and of Laneway's build under the
// same load, by area of the code, in Markdown, on standard output or in the marked place of a page.
//
//   npm run build && node scripts/node.mjs bench/profile.ts [request|large|event] [PAGE.md]
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Helpers } from './load-client.ts';
import type { LoadCommand } from './load.ts';
import { putBetween } from './marked-place.ts';
import { httpRequest, requestBody } from './payload.ts';
import { pinSelf, threadTimes } from './processes.ts';
import { areasOf, type Profile } from './profile-areas.ts';
import { profileTable } from './profile-table.ts';
import { MODEL, startSubject } from './subjects.ts';

const WARM_SECONDS = 8;
const SECONDS = 8;
const EVENTS = 400;

/** What is asked for; its unit, and how many of these an answer has. */
interface Load {
  readonly unit: 'request' | 'event';
  readonly perAnswer: number;
  readonly command: (port: number, seconds: number) => LoadCommand;
}

const closed =
  (bytes: number): Load['command'] =>
  (port, seconds) => ({
    mode: 'closed',
    port,
    request: httpRequest(port, requestBody(bytes, MODEL.guarded, null)),
    connections: 64,
    seconds,
  });

const LOADS: Readonly<Record<string, Load>> = {
  request: { unit: 'request', perAnswer: 1, command: closed(2048) },
  large: { unit: 'request', perAnswer: 1, command: closed(50 * 1024) },
  event: {
    unit: 'event',
    perAnswer: EVENTS,
    command: (port) => {
      const stream = { kind: 'varying', events: EVENTS, gapMs: 20 } as const;
      const request = httpRequest(port, requestBody(2048, MODEL.guarded, stream));
      return { mode: 'streams', port, request, streams: 50, overMs: 200 };
    },
  },
};

/** Threads by the names that Node gives them, beside the serving one; under these loads the ledger's is the only worker. */
const THREADS: Readonly<Record<string, string>> = {
  WorkerThread: 'thread of the ledger',
  'node-V8Worker': 'threads of V8 (garbage collection, compilation)',
};
const PROFILER = 'v8:ProfEvntProc';

const [what = 'request', page] = process.argv.slice(2);
const load = LOADS[what];
if (load === undefined) {
  console.error(`${what}: not one of ${Object.keys(LOADS).join(', ')}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'laneway-profile-'));
pinSelf();
const helpers = await Helpers.start(folder);
try {
  const bare = await measure('bare', load);
  const laneway = await measure('laneway', load);
  const text = profileTable(bare, laneway, load.unit);
  if (page === undefined) console.log(text);
  else writeFileSync(page, putBetween(readFileSync(page, 'utf8'), `profile of ${what}`, text));
} finally {
  await helpers.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** µs by area, of one answer's unit. */
async function measure(name: string, { command, perAnswer }: Load): Promise<Map<string, number>> {
  const profiles = join(folder, `profile-${name}`);
  const nodeOptions = ['--cpu-prof', '--cpu-prof-interval=400', `--cpu-prof-dir=${profiles}`];
  const subject = await startSubject(name, { upstreamPort: helpers.upstreamPort, folder, nodeOptions });
  await helpers.load(command(subject.port, WARM_SECONDS));
  const [from, before] = [now(), threadTimes(subject.pid)];
  const { completed } = await helpers.load(command(subject.port, SECONDS));
  const [to, after] = [now(), threadTimes(subject.pid)];
  await subject.stop();
  const count = completed * perAnswer;
  const result = new Map<string, number>();
  let serving = 0;
  for (const [thread, micros] of after) {
    const spent = micros - (before.get(thread) ?? 0);
    const area = THREADS[thread] ?? 'other threads';
    if (thread === 'node-MainThread') serving = spent;
    else if (thread !== PROFILER) result.set(area, (result.get(area) ?? 0) + spent / count);
  }
  const areas = areasOf(mainProfile(profiles), from, to);
  const sampled = [...areas.values()].reduce((total, each) => total + each, 0);
  for (const [area, micros] of areas) result.set(area, ((micros / sampled) * serving) / count);
  return result;
}

/** On the clock of the profiles, which all processes of the machine share. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** The serving thread's: other threads have profiles of their own, with fewer samples of work. */
function mainProfile(profiles: string): Profile {
  const all = readdirSync(profiles).map(
    (file) => JSON.parse(readFileSync(join(profiles, file), 'utf8')) as Profile,
  );
  const [first] = all.toSorted((a, b) => a.startTime - b.startTime);
  if (first === undefined) throw new Error('the proxy wrote no profile');
  return first;
}
