import type { PoolView } from '../engines/pool/views.ts';
import type { Limiter } from '../execution/admit/limiter.ts';
import { Recorder } from '../execution/record/recorder.ts';
import type { EventHub } from '../http/events/event-hub.ts';
import { Metrics } from '../http/metrics/metrics.ts';
import { RecentTraffic } from '../http/metrics/recent-traffic.ts';
import type { RefusedRequests } from '../http/refusals/refusals.ts';
import type { Registry } from '../registry/registry.ts';
import type { Health } from '../routing/health.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import { ledger } from './ledger.ts';
import type { AppOptions } from './options.ts';

/** The parts of a gateway that its metrics show. */
interface RecordedParts {
  readonly registry: Registry;
  readonly health: Health;
  readonly limiter: Limiter;
  readonly events: EventHub;
  readonly refusals: RefusedRequests;
  readonly pools: () => readonly PoolView[];
}

/** What is recorded of requests. */
export interface Recording {
  readonly metrics: Metrics;
  readonly recent: RecentTraffic;
  readonly recorder: Recorder;
}

/** Creates the recorder of requests, and what its rows are counted in. */
export function createRecording(
  { version, store, clock }: AppOptions,
  { registry, health, limiter, events, refusals, pools }: RecordedParts,
): Recording {
  const snapshot = (): Snapshot => registry.snapshot;
  const metrics: Metrics = new Metrics({
    ...{ version, snapshot, health, limiter, pools, refused: refusals.counts, now: clock.now },
    running: () => recorder.running,
    store: () => store.status(),
  });
  const recent = new RecentTraffic({ snapshot, wall: clock.wall });
  const recorder: Recorder = new Recorder(ledger({ store, registry, metrics, recent, events }), clock);
  return { metrics, recent, recorder };
}
