import type { LaneEntry, QueueBounds, Snapshot } from '../../routing/snapshot.ts';
import type { RequestContext, RunningAttempt, RunningWait } from '../request-context.ts';
import type { DisconnectListener } from '../respond/client-connection.ts';
import type { GateQueue, GateWaiter, Held } from './gate.ts';
import type { Entrant } from './target-gate.ts';

/** How waiting for room ended. */
export type WaitEnd =
  | { readonly kind: 'entered'; readonly held: Held; readonly queue: GateQueue }
  /** A queue has no limit any more: ask again. */
  | { readonly kind: 'opened' }
  /** No queue takes the request. */
  | { readonly kind: 'queue_full' }
  | { readonly kind: 'late' }
  | { readonly kind: 'client_gone' }
  /** By the shutdown. */
  | { readonly kind: 'aborted' };

/** The longest delay of a timer in ms. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** What the gates need to know of a request. `lane`: as asked for. */
export function entrantOf(
  context: Pick<RequestContext, 'incoming' | 'cut'>,
  lane: LaneEntry | null,
  snapshot: Snapshot,
): Entrant {
  return {
    lane,
    queue: queueOf(lane, snapshot),
    background: isBackground(context),
    demand: 'none',
    request: context,
    usesSlot: context.incoming.wire.operation !== 'count_tokens',
  };
}

/** Does the request go after all others? */
export function isBackground({ incoming }: Pick<RequestContext, 'incoming'>): boolean {
  return incoming.routing.hints.includes('background');
}

/** How requests of a lane wait, and those without one. */
export function queueOf(lane: LaneEntry | null, snapshot: Snapshot): QueueBounds {
  return lane?.queue ?? snapshot.queue;
}

/** Milliseconds for a message. */
export function inSeconds(ms: number): string {
  return `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`;
}

/**
 * Waits in all of the queues until the first of them has room, for `withinMs` at most. The time is added to what the
 * request has waited. A client that disconnects and the shutdown end it at once.
 */
export async function waitForRoom(
  context: RequestContext,
  entrant: Entrant,
  queues: readonly GateQueue[],
  { withinMs, now }: { readonly withinMs: number; readonly now: () => number },
): Promise<WaitEnd> {
  const since = now();
  const end = await new Promise<WaitEnd>((settle) => {
    new Waiting(context, entrant, queues, settle).start(withinMs);
  });
  context.waitedMs += now() - since;
  return end;
}

/** Ends exactly once, in whatever order gates, client, timer and shutdown act; then it is in no queue. */
class Waiting implements GateWaiter, DisconnectListener, RunningAttempt, RunningWait {
  readonly lane: string;
  readonly background: boolean;
  readonly maxWaiting: number;
  readonly #context: RequestContext;
  readonly #queues: readonly GateQueue[];
  readonly #settle: (end: WaitEnd) => void;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(
    context: RequestContext,
    { lane, background, queue }: Entrant,
    queues: readonly GateQueue[],
    settle: (end: WaitEnd) => void,
  ) {
    this.lane = lane?.name ?? '';
    this.background = background;
    this.maxWaiting = queue.max;
    this.#context = context;
    this.#queues = queues;
    this.#settle = settle;
  }

  start(withinMs: number): void {
    let joined = 0;
    for (const queue of this.#queues) if (queue.join(this)) joined += 1;
    if (joined === 0) this.#end({ kind: 'queue_full' });
    else if (withinMs <= 0) this.#end({ kind: 'late' });
    else {
      this.#timer = setTimeout(
        () => {
          this.#end({ kind: 'late' });
        },
        Math.min(withinMs, TIMER_MAX_MS),
      );
      this.#context.incoming.reply.onDisconnect(this);
      this.#context.wait = this;
      this.#context.attemptStarted(this);
    }
  }

  granted(held: Held, queue: GateQueue): void {
    if (this.#hasEnded) held.leave();
    else this.#end({ kind: 'entered', held, queue });
  }

  opened(): void {
    this.#end({ kind: 'opened' });
  }

  waitsFor(): string | null {
    for (const queue of this.#queues) if (queue.waitsFor !== undefined) return queue.waitsFor();
    return null;
  }

  clientDisconnected(): void {
    this.#end({ kind: 'client_gone' });
  }

  abort(): void {
    this.#end({ kind: 'aborted' });
  }

  #end(end: WaitEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    for (const queue of this.#queues) queue.quit(this);
    this.#context.attemptEnded();
    this.#context.wait = null;
    this.#settle(end);
  }
}
