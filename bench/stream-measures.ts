import { add, type Bench, cpuOf, type Samples, turn } from './measures.ts';
import { httpRequest, requestBody, type StreamKind } from './payload.ts';
import { canMeasure } from './processes.ts';
import { MODEL, type Subject } from './subjects.ts';

/** A stream of the upstream, and what Laneway has to do with its events. */
interface Stream {
  readonly key: string;
  readonly kind: StreamKind;
  readonly model: string;
  /** 20: paced; 0: as fast as it is read. */
  readonly gapMs: 0 | 20;
}

const STREAMS: readonly Stream[] = [
  { key: 'event-trusted', kind: 'plain', model: MODEL.trusted, gapMs: 20 },
  { key: 'event-guarded', kind: 'plain', model: MODEL.guarded, gapMs: 20 },
  { key: 'event-varying', kind: 'varying', model: MODEL.guarded, gapMs: 20 },
  { key: 'event-mended', kind: 'mended', model: MODEL.guarded, gapMs: 20 },
  { key: 'flood-guarded', kind: 'plain', model: MODEL.guarded, gapMs: 0 },
  { key: 'flood-varying', kind: 'varying', model: MODEL.guarded, gapMs: 0 },
];

/**
 * CPU time per event of 50 streams. Only Laneway distinguishes guarded from trusted: the others pass the same bytes for
 * both. All ways are measured in each round, so that a slow minute is slow for all.
 */
export async function events(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  if (!canMeasure) return samples;
  const ways = subjects.flatMap((subject) =>
    STREAMS.filter(
      ({ key }) => key !== 'event-guarded' || subject.name === 'laneway' || subject.name === 'before',
    ).map((stream) => ({ subject, stream })),
  );
  // the first round warms up and does not count
  for (let round = 0; round <= bench.effort.streamRounds; round += 1) {
    for (const { subject, stream } of turn(ways, round)) {
      const micros = await microsOf(bench, subject, stream);
      if (round > 0) add(samples, stream.key, subject.name, micros);
    }
  }
  bench.note('events');
  return samples;
}

async function microsOf(bench: Bench, subject: Subject, stream: Stream): Promise<number> {
  const { kind, model, gapMs } = stream;
  const count = gapMs === 0 ? bench.effort.floodEvents : bench.effort.streamEvents;
  const request = httpRequest(subject.port, requestBody(2048, model, { kind, events: count, gapMs }));
  const window = await cpuOf(subject, () =>
    bench.helpers.load({ mode: 'streams', port: subject.port, request, streams: 50, overMs: 200 }),
  );
  return window.micros / (window.result.completed * count);
}
