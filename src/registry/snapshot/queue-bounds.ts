import type { Config } from '../../config/config.ts';
import type { QueueBounds } from '../../routing/snapshot.ts';

const MAX = 64;
const WAIT_S = 120;

/** A configured queue with its defaults, in milliseconds. */
export function queueBounds(queue: Config['defaults']['queue'] = {}): QueueBounds {
  return Object.freeze({ max: queue.max ?? MAX, waitMs: (queue.wait_s ?? WAIT_S) * 1000 });
}
