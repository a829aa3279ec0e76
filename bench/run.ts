// npm run bench [-- --quick] [-- --only unary,events] [-- --subjects bare,laneway] [-- --before FOLDER]: see README.md.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Helpers, saturator } from './load-client.ts';
import {
  type Bench,
  type Effort,
  events,
  fresh,
  held,
  idle,
  ingest,
  latency,
  type Samples,
  saturated,
} from './measures.ts';
import { canMeasure, isPinned, pinSelf } from './processes.ts';
import { noiseOf, rowsOf, tableOf, verdict } from './report.ts';
import { wires } from './wire-measures.ts';
import { availableSubjects, startSubject, type Subject, type SubjectName } from './subjects.ts';

const FULL: Effort = {
  starts: 7,
  freshRounds: 3,
  settleSeconds: 5,
  idleSeconds: 20,
  warmSeconds: 6,
  windows: 5,
  windowSeconds: 3,
  latencyRounds: 4,
  latencyRequests: 500,
  streamRounds: 4,
  streamEvents: 200,
  holdSeconds: 8,
  ingestRounds: 4,
};
const QUICK: Effort = {
  starts: 2,
  freshRounds: 1,
  settleSeconds: 1,
  idleSeconds: 4,
  warmSeconds: 5,
  windows: 2,
  windowSeconds: 2,
  latencyRounds: 1,
  latencyRequests: 200,
  streamRounds: 1,
  streamEvents: 100,
  holdSeconds: 3,
  ingestRounds: 1,
};
/** Whatever happens, the bench is over by then. */
const MAX_MINUTES = 30;

const MEASURES = { fresh, idle, streams: held, unary: saturated, latency, events, wires, ingest } as const;
type Measure = keyof typeof MEASURES;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(MEASURES).join(',') },
    subjects: { type: 'string', default: availableSubjects().join(',') },
    before: { type: 'string' },
  },
});
const wanted = chosen<Measure>(options.only, Object.keys(MEASURES) as Measure[], '--only');
const before = options.before === undefined ? null : resolve(options.before);
const names = [
  ...chosen<SubjectName>(options.subjects, availableSubjects(), '--subjects'),
  ...(before === null ? [] : (['before'] as const)),
];

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
setTimeout(() => {
  console.error(`not done after ${MAX_MINUTES} minutes: given up`);
  process.exit(1);
}, MAX_MINUTES * 60_000).unref();

const folder = mkdtempSync(join(tmpdir(), 'laneway-bench-'));
pinSelf();
console.log(
  `Laneway bench: ${names.join(', ')}; Node ${process.versions.node}; ${cpus()[0]?.model ?? 'unknown CPU'} × ${cpus().length}; ` +
    `load by ${saturator}; ${isPinned ? 'load on core 0, proxy on core 1' : 'NOT pinned to cores: figures are loose'}` +
    (canMeasure ? '' : '; no /proc: only times are measured'),
);
const helpers = await Helpers.start(folder);
try {
  const bench: Bench = {
    helpers,
    names,
    before,
    effort: options.quick ? QUICK : FULL,
    folder,
    note: (line) => console.error(`  ${Math.round(performance.now() / 1000)} s  ${line}`),
  };
  report(await measure(bench));
} finally {
  await helpers.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(bench: Bench): Promise<Samples> {
  const samples: Samples = {};
  // alone: a process that starts must not share its core with others that have just worked
  if (wanted.includes('fresh')) Object.assign(samples, await fresh(bench));
  const rest = wanted.filter((name) => name !== 'fresh');
  if (rest.length === 0) return samples;
  const subjects: Subject[] = [];
  for (const name of names) subjects.push(await startSubject(name, helpers.upstreamPort, folder, before));
  for (const name of rest) Object.assign(samples, await MEASURES[name](bench, subjects));
  await Promise.all(subjects.map((subject) => subject.stop()));
  return samples;
}

function report(samples: Samples): void {
  const rows = rowsOf(samples);
  console.log(`\n${tableOf(rows)}\n`);
  const over = rows.filter((row) => verdict(row) === 'over').map((row) => row.title);
  if (over.length > 0) console.log(`over the gate: ${over.join('; ')}`);
  console.log(noiseOf(samples));
  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  const file = join(results, `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
  const machine = {
    node: process.versions.node,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    pinned: isPinned,
    saturator,
  };
  writeFileSync(
    file,
    JSON.stringify({ at: new Date().toISOString(), quick: options.quick, machine, rows, samples }),
  );
  console.log(`written to ${file}`);
}

function chosen<T extends string>(text: string, known: readonly T[], option: string): T[] {
  const words = text.split(',');
  const unknown = words.find((word) => !known.includes(word as T));
  if (unknown !== undefined) {
    console.error(`${option} ${unknown}: not one of ${known.join(', ')}`);
    process.exit(2);
  }
  return known.filter((word) => words.includes(word));
}
