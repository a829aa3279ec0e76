import type { EngineGateway } from './engine-gateway.ts';

/** After a kill of anything, everything serves again within so many ms. */
export const BACK_MS = 20_000;

/** Asks again until the answer is there. Throws after `BACK_MS`. */
export async function servesAgain(laneway: Pick<EngineGateway, 'chat'>, model: string): Promise<void> {
  const began = performance.now();
  let last = '';
  while (performance.now() - began < BACK_MS) {
    const left = AbortSignal.timeout(Math.ceil(BACK_MS - (performance.now() - began)));
    const reply = await laneway.chat({ model, temperature: 0 }, left).catch(() => null);
    last = `${reply?.status} ${await reply?.text().catch(String)}`;
    if (reply?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${model} did not serve again: ${last}`);
}

/** What the pool does now, as `GET /api/pools` reports it. */
export async function stateOf(laneway: Pick<EngineGateway, 'get'>): Promise<string | undefined> {
  const { pools } = await laneway.get<{ pools: { state: string }[] }>('/api/pools');
  return pools[0]?.state;
}

/** Sends a signal to processes that may have ended meanwhile. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended.
    }
  }
}
