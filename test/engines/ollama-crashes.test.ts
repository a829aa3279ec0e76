import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { until } from '../support/engines/drivers.ts';
import { BACK_MS, servesAgain, signal, stateOf } from '../support/engines/kills.ts';
import { describeWithOllama } from '../support/engines/ollama.ts';
import { SMOL, startOllamaGateway, TINY, type OllamaGateway } from '../support/engines/ollama-gateway.ts';

const PHASES = ['loading', 'serving', 'unloading'] as const;
type Phase = (typeof PHASES)[number];

describeWithOllama('kill -9 with an Ollama', () => {
  let laneway: OllamaGateway;
  let pending: Promise<string>[] = [];
  const later = (work: Promise<Response>): void => {
    pending.push(work.then((reply) => reply.text()).catch(String));
  };
  const operate = async (verb: 'load' | 'unload', model: string): Promise<void> => {
    let reply = await laneway.operate(verb, model);
    while ((await reply.clone().text()).includes('switch_in_progress')) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      reply = await laneway.operate(verb, model);
    }
    expect({ status: reply.status, body: await reply.text() }).toEqual({
      status: 200,
      body: expect.stringContaining('loaded'),
    });
  };
  const inPhase = (phase: Phase): Promise<void> => until(async () => (await stateOf(laneway)) === phase);

  /** Begins what stays in the phase for seconds. */
  const reach: Readonly<Record<Phase, () => Promise<void>>> = {
    loading: async () => {
      // Its window is known then: after "out of memory", as which a killed runner counts, it is not made larger.
      await operate('load', SMOL);
      await operate('unload', SMOL);
      await until(async () => (await laneway.ollama.runners()).length === 0);
      later(laneway.chat({ model: SMOL }));
      await until(async () => (await laneway.ollama.runners()).length > 0);
      signal(await laneway.ollama.runners(), 'SIGSTOP');
      await inPhase('loading');
    },
    serving: async () => {
      await operate('load', SMOL);
      const reply = await laneway.chat({ model: SMOL, stream: true, max_tokens: 300 });
      const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader.read()).value ?? '';
      const rest = async (): Promise<string> => {
        for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
        return text;
      };
      pending.push(rest().catch(String));
    },
    unloading: async () => {
      await operate('load', SMOL);
      // A request of another program, which Ollama lets end first.
      const body = { model: SMOL.slice(2), prompt: 'Tell me.', options: { num_predict: 150, num_thread: 1 } };
      const other = fetch(`${laneway.ollama.url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(BACK_MS),
      });
      await other;
      later(other);
      later(laneway.operate('unload', SMOL));
      await inPhase('unloading');
    },
  };

  beforeAll(async () => {
    laneway = await startOllamaGateway();
  }, 60_000);
  afterAll(() => laneway.stop());
  afterEach(async () => {
    await Promise.all(pending);
    pending = [];
  });

  test.each(PHASES)('of its runner while %s: both models serve again', { timeout: 60_000 }, async (phase) => {
    await reach[phase]();
    signal(await laneway.ollama.runners(), 'SIGKILL');
    // A load that failed is not repeated for requests at once; an operator may, once it has: until then the call joins it.
    if (phase === 'loading') {
      await laneway.operate('load', SMOL);
      await operate('load', SMOL);
    }
    await servesAgain(laneway, SMOL);
    await servesAgain(laneway, TINY);
    await until(async () => (await laneway.ollama.runners()).length === 1);
    if (phase === 'serving') expect(endsIn(await pending[0])).toEqual(['"error":']);
  });

  test.each(PHASES)(
    'of its server while %s: both models serve again once it runs',
    { timeout: 60_000 },
    async (phase) => {
      await reach[phase]();
      const runners = await laneway.ollama.runners();
      signal([laneway.ollama.pid], 'SIGKILL');
      // Ollama's own runners survive it, and nobody but its operator may end them.
      signal(runners, 'SIGKILL');
      await laneway.ollama.restart();
      await servesAgain(laneway, SMOL);
      await servesAgain(laneway, TINY);
      await until(async () => (await laneway.ollama.runners()).length === 1);
      if (phase === 'serving') expect(endsIn(await pending[0])).toEqual(['"error":']);
    },
  );

  test.each(PHASES)(
    'of the gateway while %s: a new one serves, and one model is loaded',
    { timeout: 60_000 },
    async (phase) => {
      await reach[phase]();
      signal([laneway.gateway.pid], 'SIGKILL');
      await laneway.gateway.exit;
      signal(await laneway.ollama.runners(), 'SIGCONT');
      const began = performance.now();
      await laneway.restart();
      await servesAgain(laneway, SMOL);
      await servesAgain(laneway, TINY);
      expect(performance.now() - began).toBeLessThan(BACK_MS);
      await until(async () => (await laneway.ollama.runners()).length === 1);
    },
  );
});

/** How a stream ended. */
function endsIn(text: string | undefined): readonly string[] | null {
  return text?.match(/"finish_reason":"|"error":/g) ?? null;
}
