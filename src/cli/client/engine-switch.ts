import type { ServerSentEvent } from './server-sent-events.ts';

/** One step of a switch in a pool, as an event `switch` of kind `engine` reports it. */
export interface SwitchStep {
  readonly switch_id: string;
  /** A phase; `ready` and `failed` are the last. */
  readonly state: string;
  /** 0 to 1, never falling. */
  readonly progress: number;
  /** What is unloaded; null: nothing. */
  readonly from: string | null;
  /** What is loaded; null: nothing. */
  readonly to: string | null;
  /** Why it failed. */
  readonly reason: string | null;
}

/** Has the switch ended with this step? */
export function isLast({ state }: Pick<SwitchStep, 'state'>): boolean {
  return state === 'ready' || state === 'failed';
}

/** The steps of one switch, up to its last. */
export async function* stepsOf(
  switchId: string,
  events: AsyncIterable<ServerSentEvent>,
): AsyncGenerator<SwitchStep> {
  for await (const { event, data } of events) {
    if (event !== 'switch') continue;
    const step = JSON.parse(data) as SwitchStep & { readonly kind: string };
    if (step.kind !== 'engine' || step.switch_id !== switchId) continue;
    yield step;
    if (isLast(step)) return;
  }
}
