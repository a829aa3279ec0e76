import { setTimeout as sleep } from 'node:timers/promises';
import type { Helpers } from './load-client.ts';
import { documentBody, httpRequest, requestBody } from './payload.ts';
import { canMeasure, cpuMicros, forgetPeak, residentBytes, stolenSeconds, unpin } from './processes.ts';
import { MODEL, type Setup, startSubject, type Subject, type SubjectName } from './subjects.ts';

/** How long everything takes; `--quick` is a smoke test of the bench, not a measurement. */
export interface Effort {
  readonly starts: number;
  readonly freshRounds: number;
  readonly freshRequests: number;
  /** Rest between start and measurement, in which a proxy may warm itself up. */
  readonly settleSeconds: number;
  readonly idleSeconds: number;
  readonly warmSeconds: number;
  readonly windows: number;
  readonly windowSeconds: number;
  readonly latencyRounds: number;
  readonly latencyRequests: number;
  readonly streamRounds: number;
  readonly streamEvents: number;
  /** Of a stream without pauses. */
  readonly floodEvents: number;
  readonly holdSeconds: number;
  readonly ingestRounds: number;
}

/** All that a measurement needs. */
export interface Bench {
  readonly helpers: Helpers;
  readonly names: readonly SubjectName[];
  readonly setup: Setup;
  readonly effort: Effort;
  readonly note: (line: string) => void;
}

/** Figures of one kind by proxy; the direct way to the upstream counts as one where it is measured. */
export type Figures = Record<SubjectName, readonly number[]>;

/** Samples by the name that the report knows them by. */
export type Samples = Record<string, Figures>;

const UNARY = requestBody(2048, MODEL.guarded, null);
const LARGE = requestBody(50 * 1024, MODEL.guarded, null);
const MEGABYTE = 1024 * 1024;

/** Fresh processes: start to first 200, then latency at 50 a second before anything is warm. */
export async function fresh(bench: Bench): Promise<Samples> {
  const samples: Samples = {};
  const shape = { perSecond: 50, count: bench.effort.freshRequests, skip: 70 };
  for (let round = 0; round < Math.max(bench.effort.starts, bench.effort.freshRounds); round += 1) {
    const timed = round < bench.effort.freshRounds;
    if (timed) await sampleLatency(bench, samples, 'fresh', null, shape);
    for (const name of turn(bench.names, round)) {
      const subject = await startSubject(name, bench.setup);
      add(samples, 'start', name, subject.startMs);
      if (timed) {
        await sleep(bench.effort.settleSeconds * 1000);
        await sampleLatency(bench, samples, 'fresh', subject, shape);
      }
      await subject.stop();
    }
    bench.note(`fresh processes, round ${round + 1}`);
  }
  return samples;
}

/** Memory and CPU time of processes that have answered one request and then nothing. */
export async function idle(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  if (!canMeasure) return samples;
  await sleep(bench.effort.settleSeconds * 1000);
  const before = subjects.map((subject) => cpuMicros(subject.pid));
  await sleep(bench.effort.idleSeconds * 1000);
  for (const [index, subject] of subjects.entries()) {
    const micros = cpuMicros(subject.pid) - (before[index] ?? 0);
    add(samples, 'idle', subject.name, micros / 1000 / bench.effort.idleSeconds);
    add(samples, 'rss-idle', subject.name, residentBytes(subject.pid, 'now') / MEGABYTE);
  }
  bench.note('idle');
  return samples;
}

/** Memory with 500 open streams, one event a second each. */
export async function held(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  if (!canMeasure) return samples;
  const body = requestBody(2048, MODEL.guarded, { events: 3600, gapMs: 1000 });
  for (const { name, port, pid } of subjects) {
    await bench.helpers.load({
      mode: 'hold',
      port,
      request: httpRequest(port, body),
      streams: 500,
      overMs: 2000,
    });
    await sleep(bench.effort.holdSeconds * 1000);
    add(samples, 'rss-500', name, residentBytes(pid, 'now') / MEGABYTE);
    await bench.helpers.load({ mode: 'release' });
    await sleep(500);
  }
  bench.note('500 streams');
  return samples;
}

/** CPU time a request with one core full, at 2 KB and at 50 KB, and the peak of memory under the latter. */
export async function saturated(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  if (!canMeasure) return samples;
  for (const [key, body] of [
    ['cpu-2k', UNARY],
    ['cpu-50k', LARGE],
  ] as const) {
    for (const subject of subjects) {
      await bench.helpers.saturate(subject.port, body, bench.effort.warmSeconds);
      forgetPeak(subject.pid);
    }
    for (let round = 0; round < bench.effort.windows; round += 1) {
      for (const subject of turn(subjects, round)) {
        // caches are cold after the others' turn
        await bench.helpers.saturate(subject.port, body, 1);
        const window = await cpuOf(subject, () =>
          bench.helpers.saturate(subject.port, body, bench.effort.windowSeconds),
        );
        add(samples, key, subject.name, window.micros / window.result);
        add(samples, `${key}-per-second`, subject.name, window.result / window.seconds);
        add(samples, `${key}-core-share`, subject.name, window.micros / 1e6 / window.seconds);
        add(samples, `${key}-stolen`, subject.name, window.stolen);
      }
    }
    if (key === 'cpu-50k') {
      for (const { name, pid } of subjects)
        add(samples, 'rss-peak', name, residentBytes(pid, 'peak') / MEGABYTE);
    }
    bench.note(`saturated, ${body.length} bytes`);
  }
  return samples;
}

/** Latency at 100 requests a second after full load, and at 50 to compare that of a fresh process with. */
export async function latency(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  const shape = { perSecond: 100, count: bench.effort.latencyRequests, skip: 50 };
  const slow = { perSecond: 50, count: bench.effort.freshRequests, skip: 10 };
  for (const subject of subjects) await bench.helpers.saturate(subject.port, UNARY, bench.effort.warmSeconds);
  for (let round = 0; round < bench.effort.latencyRounds; round += 1) {
    await sampleLatency(bench, samples, 'warm', null, shape);
    for (const subject of turn(subjects, round)) await sampleLatency(bench, samples, 'warm', subject, shape);
  }
  for (let round = 0; round < bench.effort.freshRounds; round += 1) {
    await sampleLatency(bench, samples, 'warm-50', null, slow);
    for (const subject of turn(subjects, round))
      await sampleLatency(bench, samples, 'warm-50', subject, slow);
  }
  bench.note('latency');
  return samples;
}

/**
 * The longest silence, in ms, of a stream with an event each 5 ms while 50 MB bodies are sent. The proxies may use
 * every core from here on, since Laneway reads such bodies in a separate thread: this is measured last.
 */
export async function ingest(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  const body = requestBody(2048, MODEL.guarded, { events: 100_000, gapMs: 5 });
  const large = documentBody(50_000_000, MODEL.guarded);
  for (const { pid } of subjects) unpin(pid);
  const direct = { name: 'direct', port: bench.helpers.upstreamPort } as const;
  for (let round = 0; round < bench.effort.ingestRounds; round += 1) {
    for (const { name, port } of turn([direct, ...subjects], round)) {
      const result = await bench.helpers.load({
        mode: 'beside',
        port,
        request: httpRequest(port, body),
        large: httpRequest(port, large),
        count: 5,
      });
      add(samples, 'ingest', name, ...result.latenciesUs.map((each) => each / 1000));
    }
  }
  bench.note('ingest');
  return samples;
}

async function sampleLatency(
  bench: Bench,
  samples: Samples,
  key: string,
  subject: Subject | null,
  shape: { readonly perSecond: number; readonly count: number; readonly skip: number },
): Promise<void> {
  const port = subject?.port ?? bench.helpers.upstreamPort;
  const before = subject === null || !canMeasure ? 0 : cpuMicros(subject.pid);
  const result = await bench.helpers.load({
    mode: 'open',
    port,
    request: httpRequest(port, UNARY),
    ...shape,
  });
  add(samples, key, subject?.name ?? 'direct', ...result.latenciesUs.map((each) => each / 1000));
  if (subject !== null && canMeasure) {
    add(samples, `${key}-cpu`, subject.name, (cpuMicros(subject.pid) - before) / result.completed);
  }
}

/** The result of a run, and what it cost the proxy. */
export async function cpuOf<T>(
  subject: Subject,
  run: () => Promise<T>,
): Promise<{ result: T; micros: number; seconds: number; stolen: number }> {
  const [micros, begin, stolen] = [cpuMicros(subject.pid), performance.now(), stolenSeconds()];
  const result = await run();
  return {
    result,
    micros: cpuMicros(subject.pid) - micros,
    seconds: (performance.now() - begin) / 1000,
    stolen: stolenSeconds() - stolen,
  };
}

/** Forwards and backwards in turn, so that no subject always follows the same one. */
export function turn<T>(items: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? items : items.toReversed();
}

/** Adds samples of a proxy. */
export function add(samples: Samples, key: string, name: SubjectName, ...values: number[]): void {
  const figures = (samples[key] ??= {});
  figures[name] = [...(figures[name] ?? []), ...values];
}
