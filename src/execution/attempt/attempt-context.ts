import type { CallState } from '../../protocol/chat.ts';
import type { Failure } from '../../protocol/failure.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Plan, PlanEntry } from '../../routing/plan.ts';
import type { Deadlines, ModelEntry, Snapshot } from '../../routing/snapshot.ts';
import type { ExecutionPorts } from '../ports.ts';
import type { AttemptTrace } from '../record/attempt-trace.ts';
import type { RequestContext } from '../request-context.ts';

/** What all attempts of a request share. */
export interface RequestRun {
  readonly context: RequestContext;
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  /** The total deadline in ms, and when it expires in monotonic ms. */
  readonly totalMs: number;
  readonly totalAt: number;
  readonly ports: ExecutionPorts;
}

/** One attempt at one target. */
export interface Attempt extends RequestRun {
  readonly entry: PlanEntry;
  /** As the newest list of its server describes it. */
  readonly target: ModelEntry;
  readonly provider: Provider;
  readonly deadlines: Deadlines;
  readonly trace: AttemptTrace;
  readonly omitted: Omissions;
}

/** What an attempt leaves out because the one before it was refused for it. */
export interface Omissions {
  /** The thinking in the request. */
  readonly thinking: boolean;
  /** Fields that Laneway itself had added, by the names that go out. */
  readonly fields: readonly string[];
  /** The model's largest limit of the output in tokens, which the error named; null: it named none. */
  readonly largestOutput: number | null;
  /** Those of them that the target refuses whatever the client sends. */
  readonly lasting: readonly string[];
}

/** How an attempt ended. After `failed` the next target may be tried; `broken` is a failure after the commit. */
export type AttemptEnd =
  /** With the signatures of the thinking in the reply and the states of its calls, mostly none. */
  | {
      readonly kind: 'answered';
      readonly signatures: readonly string[];
      readonly callStates?: readonly CallState[] | undefined;
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'broken'; readonly failure: Failure }
  | { readonly kind: 'client_gone' };
