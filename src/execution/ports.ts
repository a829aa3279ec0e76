import type { Failure } from '../protocol/failure.ts';
import type { Provider } from '../providers/provider.ts';
import type { Affinity } from '../routing/affinity.ts';
import type { Health } from '../routing/health.ts';
import type { ModelEntry, Snapshot } from '../routing/snapshot.ts';
import type { Clock } from '../util/clock.ts';
import type { LargeBodyOffload } from '../wire/large-body/offload.ts';
import type { Admission } from './admit/admission.ts';
import type { DeadlineWatch } from './attempt/deadline.ts';
import type { PlanWarnings } from './record/plan-warnings.ts';
import type { Recorder } from './record/recorder.ts';
import type { Log } from '../protocol/log.ts';

/** What execution needs of the rest of the house; `app.ts` fills it. */
export interface ExecutionPorts {
  readonly clock: Clock;
  readonly admission: Admission;
  readonly health: Health;
  /** Who made which signed thinking. */
  readonly affinity: Affinity;
  readonly listings: Listings;
  readonly recorder: Recorder;
  /** The read phase, and all work on large bodies, in a worker. */
  readonly bodies: LargeBodyOffload;
  readonly watch: DeadlineWatch;
  readonly planWarnings: PlanWarnings;
  readonly log: Log;
  /** The snapshot of this moment, as `user` has it; null: everybody. */
  readonly snapshot: (user: string | null) => Snapshot;
  /** The provider as it was when the request got its snapshot: a reload pulls no connection away. */
  readonly provider: (id: string, snapshot: Snapshot) => Provider | undefined;
}

/** What servers are known to serve, as far as a request may have to wait for it. */
export interface Listings {
  /** The list was read and nothing has happened since that could have changed the server. */
  isFresh(providerId: string): boolean;
  /** Waits for the running probe, or starts one; resolves with its failure, null when the list was read. */
  refresh(providerId: string, withinMs: number): Promise<Failure | null>;
  /** The server could not be reached or answered as another model: look again soon. */
  invalidate(providerId: string): void;
  /** The target as the newest snapshot knows it; for a lane's front whatever that is now. */
  current(model: ModelEntry): ModelEntry;
}
