import { Pool } from 'undici';

/** Requests leave in groups, this many milliseconds apart. */
const TICK_MS = 5;
/** More are not on their way at a time: a gateway that cannot keep up gets fewer, and the rate that is reported falls. */
const RUNNING_MAX = 200;

/** Chat requests at a fixed rate, until they are stopped. */
export interface Traffic {
  /** Requests answered with 200, and others. */
  readonly counts: { answered: number; failed: number };
  stop(): Promise<void>;
}

/** Sends requests to the nodes in turn, `perSecond` of them. */
export function startTraffic(origin: string, nodes: readonly string[], perSecond: number): Traffic {
  const pool = new Pool(origin, { connections: 32, pipelining: 1 });
  const counts = { answered: 0, failed: 0 };
  const bodies = nodes.map((model) =>
    JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello?' }] }),
  );
  let running = 0;
  let sent = 0;
  const send = async (): Promise<void> => {
    const body = bodies[sent % bodies.length] ?? '';
    sent += 1;
    running += 1;
    try {
      const path = '/v1/chat/completions';
      const headers = { 'content-type': 'application/json' };
      const reply = await pool.request({ method: 'POST', path, headers, body });
      await reply.body.dump();
      counts[reply.statusCode === 200 ? 'answered' : 'failed'] += 1;
    } catch {
      counts.failed += 1;
    } finally {
      running -= 1;
    }
  };
  let last = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    due = Math.min(RUNNING_MAX, due + ((now - last) * perSecond) / 1000);
    last = now;
    while (due >= 1 && running < RUNNING_MAX) {
      due -= 1;
      void send();
    }
  }, TICK_MS);
  return {
    counts,
    stop: async () => {
      clearInterval(timer);
      await pool.close();
    },
  };
}
