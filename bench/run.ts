// npm run bench [-- --quick] [-- --runs 5] [-- --only unary,events] [-- --subjects bare,laneway] [-- --before FOLDER]
//   [-- --peer NAME=COMMAND]: see README.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rowsOf } from './figures.ts';
import { Helpers, saturator } from './load-client.ts';
import {
  type Bench,
  type Effort,
  fresh,
  held,
  idle,
  ingest,
  latency,
  type Samples,
  saturated,
} from './measures.ts';
import { installedPeers, type Peer, peerOf } from './peers.ts';
import { canMeasure, isPinned, pinSelf } from './processes.ts';
import { missedGates, noiseOf, tableOf, verdict } from './report.ts';
import { thisMachine, writeResults } from './results.ts';
import { events } from './stream-measures.ts';
import { startSubject, type Subject } from './subjects.ts';
import { wires } from './wire-measures.ts';

const FULL: Effort = {
  starts: 7,
  freshRounds: 3,
  freshRequests: 250,
  settleSeconds: 5,
  idleSeconds: 60,
  warmSeconds: 6,
  windows: 5,
  windowSeconds: 3,
  latencyRounds: 4,
  latencyRequests: 500,
  streamRounds: 4,
  streamEvents: 200,
  floodEvents: 4000,
  holdSeconds: 8,
  ingestRounds: 4,
};
const QUICK: Effort = {
  starts: 2,
  freshRounds: 1,
  freshRequests: 40,
  settleSeconds: 1,
  idleSeconds: 2,
  warmSeconds: 3,
  windows: 2,
  windowSeconds: 1,
  latencyRounds: 1,
  latencyRequests: 100,
  streamRounds: 1,
  streamEvents: 25,
  floodEvents: 1000,
  holdSeconds: 1,
  ingestRounds: 1,
};
/** Whatever happens, a run is over by then. */
const MAX_MINUTES = 45;

const MEASURES = { fresh, idle, streams: held, unary: saturated, latency, events, wires, ingest } as const;
type Measure = keyof typeof MEASURES;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(MEASURES).join(',') },
    subjects: { type: 'string' },
    before: { type: 'string' },
    peer: { type: 'string', multiple: true, default: [] },
  },
});
const wanted = chosen<Measure>(options.only, Object.keys(MEASURES) as Measure[], '--only');
const before = options.before === undefined ? null : resolve(options.before);
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1 || runs > 99)
  refuse(`--runs ${options.runs}: not a number from 1 to 99`);
const ownPeers = peersOf(options.peer);

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
setTimeout(
  () => {
    console.error(`not done after ${MAX_MINUTES * runs} minutes: given up`);
    process.exit(1);
  },
  MAX_MINUTES * runs * 60_000,
).unref();

const folder = mkdtempSync(join(tmpdir(), 'laneway-bench-'));
process.on('exit', () => {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // an interrupted bench still writes there, and must end its processes
  }
});
const { peers: installed, missing } = installedPeers(folder);
const peers = [...installed, ...ownPeers];
const available = ['bare', 'laneway', ...peers.map(({ name }) => name)];
const names = [
  ...chosen(options.subjects ?? available.join(','), available, '--subjects'),
  ...(before === null ? [] : ['before']),
];
pinSelf();
console.log(
  `Laneway bench: ${names.join(', ')}; Node ${process.versions.node}; ${cpus()[0]?.model ?? 'unknown CPU'} × ${cpus().length}; ` +
    `load by ${saturator}; ${isPinned ? 'load on core 0, proxy on core 1' : 'NOT pinned to cores: figures are loose'}` +
    (canMeasure ? '' : '; no /proc: only times are measured'),
);
for (const line of missing) console.log(`left out: ${line}`);

const began = new Date();
const done: Samples[] = [];
for (let run = 1; run <= runs; run += 1) {
  if (runs > 1) console.error(`run ${run} of ${runs}`);
  done.push(await measure());
  // after each, so that a run that fails takes no other with it
  const file = writeResults(began, { quick: options.quick, machine: thisMachine(), runs: done });
  if (run === runs) report(file);
}

/** One run: the chosen measures on fresh processes. */
async function measure(): Promise<Samples> {
  const helpers = await Helpers.start(folder);
  const bench: Bench = {
    helpers,
    names,
    setup: { upstreamPort: helpers.upstreamPort, folder, before, peers },
    effort: options.quick ? QUICK : FULL,
    note: (line) => {
      console.error(`  ${Math.round(performance.now() / 1000)} s  ${line}`);
    },
  };
  const samples: Samples = {};
  const subjects: Subject[] = [];
  try {
    // alone: a process that starts must not share its core with others that have just worked
    if (wanted.includes('fresh')) Object.assign(samples, await fresh(bench));
    const rest = wanted.filter((name) => name !== 'fresh');
    if (rest.length === 0) return samples;
    for (const name of names) subjects.push(await startSubject(name, bench.setup));
    for (const name of rest) Object.assign(samples, await MEASURES[name](bench, subjects));
    return samples;
  } finally {
    await Promise.all([helpers.stop(), ...subjects.map((subject) => subject.stop())]);
  }
}

function report(file: string): void {
  const rows = rowsOf(done);
  console.log(`\n${tableOf(rows)}\n`);
  const over = rows.filter((row) => verdict(row) === 'over');
  if (over.length > 0)
    console.log(
      `over a gate: ${over.map((row) => `${row.title} (${missedGates(row).join(', ')})`).join('; ')}`,
    );
  if (runs > 1) console.log(`median of ${runs} runs (lowest–highest); ratios are taken within each run`);
  console.log(noiseOf(done));
  console.log(`written to ${file}`);
}

function peersOf(commands: readonly string[]): Peer[] {
  try {
    return commands.map(peerOf);
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function chosen<T extends string>(text: string, known: readonly T[], option: string): T[] {
  const words = text.split(',');
  const unknown = words.find((word) => !known.includes(word as T));
  if (unknown !== undefined) refuse(`${option} ${unknown}: not one of ${known.join(', ')}`);
  return known.filter((word) => words.includes(word));
}

function refuse(line: string): never {
  console.error(line);
  process.exit(2);
}
