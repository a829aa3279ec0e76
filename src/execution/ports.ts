import type { Failure } from '../protocol/failure.ts';
import type { Log } from '../protocol/log.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Provider } from '../providers/provider.ts';
import type { Affinity } from '../routing/affinity.ts';
import type { CallStates } from '../routing/call-states.ts';
import type { Health } from '../routing/health.ts';
import type { ModelEntry, Snapshot } from '../routing/snapshot.ts';
import type { SwitchWatch } from '../routing/switch-watch.ts';
import type { Clock } from '../util/clock.ts';
import type { LargeBodyOffload } from '../wire/large-body/offload.ts';
import type { Admission } from './admit/admission.ts';
import type { Limiter } from './admit/limiter.ts';
import type { Residency } from './admit/residency/residency.ts';
import type { TargetGate } from './admit/target-gate.ts';
import type { DeadlineWatch } from './attempt/deadlines.ts';
import type { PlanWarnings } from './plan-warnings.ts';
import type { Recorder } from './record/recorder.ts';

/** What execution depends on; provided by `app.ts`. */
export interface ExecutionPorts {
  readonly clock: Clock;
  readonly admission: Admission;
  /** The limits of concurrent requests; execution itself asks it for those of lanes only. */
  readonly limiter: Limiter;
  /** Says before each attempt whether it may begin. */
  readonly gate: TargetGate;
  /** Which models are in memory. */
  readonly residency: Residency;
  readonly health: Health;
  /** Which target made which signed thinking. */
  readonly affinity: Affinity;
  /** What vendors attached to tool calls, for clients that cannot send it back. */
  readonly callStates: CallStates;
  readonly listings: Listings;
  readonly recorder: Recorder;
  /** Counts the failures of targets that a switch has brought, for its rollback. */
  readonly switchWatch: SwitchWatch;
  /** Scans bodies, and runs all work on large ones in a worker. */
  readonly bodies: LargeBodyOffload;
  readonly watch: DeadlineWatch;
  readonly planWarnings: PlanWarnings;
  readonly log: Log;
  /** The current snapshot for a user; null: without user overrides. */
  readonly snapshot: (user: string | null) => Snapshot;
  /** The provider as of the request's snapshot: a reload closes no connection in use. */
  readonly provider: (id: string, snapshot: Snapshot) => Provider | undefined;
  /** The provider with the server of one model, where each of its models has a server of its own. */
  readonly serverOf: (provider: Provider, target: ModelEntry) => Provider;
}

/** The model lists of servers, as far as requests wait for them. */
export interface Listings {
  /** The list was read, and nothing has happened since that could have changed it. */
  isFresh(providerId: string): boolean;
  /** Awaits the running probe or starts one; resolves with its failure, null when the list was read. */
  refresh(providerId: string, withinMs: number): Promise<Failure | null>;
  /** The server was unreachable or answered as another model: probe it again soon. */
  invalidate(providerId: string): void;
  /** The target's server has refused a request for a window or an output limit of this many tokens. */
  learnBound(model: ModelEntry, bound: 'context_length' | 'max_output_tokens', tokens: number): void;
  /** The target has served this many tokens in one exchange: smaller bounds were misread. */
  noteServed(model: ModelEntry, usage: Usage): void;
  /** A request is sent to a target whose server may load it first. */
  noteBegan(model: ModelEntry): void;
  /** The target in the newest snapshot; for a lane's environment target the model that it is now. */
  current(model: ModelEntry): ModelEntry;
}
