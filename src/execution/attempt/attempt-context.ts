import type { Failure } from '../../protocol/failure.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Deadlines, ModelEntry } from '../../routing/snapshot.ts';
import type { Clock } from '../../util/clock.ts';
import type { Exchange } from '../../wire/exchange.ts';
import type { DeadlineWatch } from './deadline.ts';
import type { AttemptTrace, Job } from '../request-context.ts';

/** How an attempt ended. After `failed` the next target may be tried; `broken` was after the commit. */
export type AttemptEnd =
  /** With the signatures of its thinking, mostly none. */
  | { readonly kind: 'answered'; readonly signatures: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'broken'; readonly failure: Failure }
  | { readonly kind: 'client_gone' };

/** What one attempt works with. */
export interface AttemptContext {
  readonly job: Job;
  readonly target: ModelEntry;
  readonly provider: Provider;
  readonly exchange: Exchange;
  readonly trace: AttemptTrace;
  readonly deadlines: Deadlines;
  /** Monotonic ms at which the whole request is over. */
  readonly totalAt: number;
  readonly clock: Clock;
  readonly watch: DeadlineWatch;
}
