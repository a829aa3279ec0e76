import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  BROKEN,
  ENGINE_SETUPS,
  SMOL,
  startEngineGateway,
  TINY,
  type EngineGateway,
} from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';

interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly detail?: Readonly<Record<string, unknown>>;
  };
}
interface PoolBody {
  readonly pools: readonly { readonly resident: readonly { readonly model: string }[] }[];
}

describeWithEngine.each(ENGINE_SETUPS)('models that are not in memory, with %s', (setup) => {
  let laneway: EngineGateway;
  const resident = async (): Promise<readonly string[]> =>
    (await laneway.get<PoolBody>('/api/pools')).pools.flatMap((pool) =>
      pool.resident.map(({ model }) => model),
    );
  const verb = (
    model: string,
    name: 'load' | 'unload',
    body: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> =>
    laneway.post(`/api/engines/l/models/${encodeURIComponent(model.slice(2))}/${name}`, body, headers);

  beforeAll(async () => {
    laneway = await startEngineGateway(setup, { lanes: { quick: { preferred: [SMOL] } } });
  }, 60_000);
  afterAll(() => laneway.stop());

  test('a request of a lane that does not wait gets 503 with Retry-After, and 200 when it comes again', async () => {
    const first = await laneway.chat({ model: 'lane:quick' });
    expect(first.status).toBe(503);
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await first.json()) as ErrorBody).toMatchObject({ error: { code: 'model_loading' } });
    let reply = first;
    for (let tries = 0; reply.status === 503 && tries < 60; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      reply = await laneway.chat({ model: 'lane:quick' });
      if (reply.status === 503)
        expect((await reply.json()) as ErrorBody).toMatchObject({ error: { code: 'model_loading' } });
    }
    expect(reply.status).toBe(200);
    expect(((await reply.json()) as { model: string }).model).toBe('smol');
  });

  test('a request of a lane that waits is answered once its model is loaded', async () => {
    expect((await verb(SMOL, 'unload')).status).toBe(200);
    const reply = await laneway.chat({ model: 'lane:main', stream: true });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-laneway-target')).toBe(TINY);
    expect(await reply.text()).toContain('[DONE]');
  });

  test('so is one that names the model itself, which the other model has to leave for', async () => {
    const reply = await laneway.chat({ model: SMOL });
    expect(reply.status).toBe(200);
    expect(((await reply.json()) as { model: string }).model).toBe('smol');
    expect(await resident()).toEqual([SMOL]);
  });

  test('load and unload answer when it is done, and do nothing where nothing is to be done', async () => {
    expect(await (await verb(TINY, 'load')).json()).toMatchObject({
      ...{ provider: 'l', model_id: 'tiny', state: 'loaded' },
      load_ms: expect.any(Number),
    });
    expect(await (await verb(TINY, 'load')).json()).toMatchObject({ state: 'loaded', load_ms: null });
    expect(await resident()).toEqual([TINY]);
    expect(await (await verb(TINY, 'unload')).json()).toMatchObject({ state: 'unloaded', load_ms: null });
    expect(await (await verb(TINY, 'unload')).json()).toMatchObject({ state: 'unloaded' });
    expect(await resident()).toEqual([]);
  });

  test('unknown models are 404, and a second operator is told of the switch that runs', async () => {
    expect((await verb('l/nothing', 'load')).status).toBe(404);
    expect((await laneway.switchTo('l/nothing')).status).toBe(404);
    const first = verb(SMOL, 'load');
    let second = await verb(TINY, 'load');
    // The first may have been sent later.
    if (second.status === 200) second = (await first).clone();
    expect([200, 409]).toContain(second.status);
    if (second.status === 409)
      expect(await second.json()).toMatchObject({
        error: { code: 'switch_in_progress', detail: { switch_id: expect.stringMatching(/^sw_/) } },
      });
    await first;
  });

  test('a file that cannot be loaded is 502 with the reason, and what was active serves again', async () => {
    expect((await laneway.switchTo(TINY)).status).toBe(200);
    const { generation } = (await (await laneway.switchTo(SMOL)).json()) as { generation: number };
    const failed = await laneway.switchTo(BROKEN);
    expect(failed.status).toBe(502);
    const { error } = (await failed.json()) as ErrorBody;
    expect(error).toMatchObject({ code: 'upstream_error', detail: { reason: 'failed', exit_code: 1 } });
    expect(error.message).toContain('broken could not be loaded');
    expect(error.message).not.toMatch(/\/tmp|\.gguf/);
    expect(await laneway.get('/api/models')).toMatchObject({ active: { model: 'smol' }, switching: null });
    const reply = await laneway.chat({ model: 'lane:main' });
    expect(((await reply.json()) as { model: string }).model).toBe('smol');
    expect(generation).toBeGreaterThan(0);
  });

  test('a switch with If-Match of an older generation is 412, and nothing is loaded', async () => {
    const before = await resident();
    const reply = await laneway.switchTo(TINY, {}, { 'if-match': '"1"' });
    expect(reply.status).toBe(412);
    expect(await resident()).toEqual(before);
  });

  test('with Prefer: respond-async the events of a switch have one id, progress that never falls, and an end', async () => {
    const events = await readEvents(laneway);
    expect((await verb(TINY, 'unload')).status).toBe(200);
    const reply = await laneway.switchTo(TINY, {}, { prefer: 'respond-async' });
    expect(reply.status).toBe(202);
    expect(reply.headers.get('preference-applied')).toBe('respond-async');
    const { switch_id: id } = (await reply.json()) as { switch_id: string };
    const all = await events.until(
      (seen) =>
        seen.some(({ data }) => data['switch_id'] === id && data['state'] === 'ready') &&
        seen.findLastIndex(({ name }) => name === 'pool') >
          seen.findLastIndex(({ name, data }) => name === 'switch' && data['state'] === 'ready'),
    );
    const steps = all.filter(({ data }) => data['switch_id'] === id);
    const engine = steps.filter(({ data }) => data['kind'] === 'engine').map(({ data }) => data);
    expect(engine.at(-1)).toMatchObject({ state: 'ready', progress: 1, to: TINY, from: SMOL });
    const progress = engine.map((each) => each['progress'] as number);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(engine.filter((each) => each['state'] === 'ready')).toHaveLength(1);
  });

  test(
    'an unload with a stream in flight waits for its end; with force it does not',
    { timeout: 40_000 },
    async () => {
      await laneway.switchTo(SMOL);
      const stream = await laneway.chat({ model: SMOL, stream: true, max_tokens: 60, temperature: 0 });
      const unloaded = verb(SMOL, 'unload');
      expect(await stream.text()).toContain('[DONE]');
      expect((await unloaded).status).toBe(200);
      await laneway.switchTo(SMOL);
      const cut = await laneway.chat({ model: SMOL, stream: true, max_tokens: 450, ignore_eos: true });
      const forced = await verb(SMOL, 'unload', { force: true });
      expect(forced.status).toBe(200);
      const text = await cut.text();
      expect(text.slice(-300)).toContain('"error"');
      expect(text.slice(-300)).not.toContain('"finish_reason":"');
    },
  );

  test('the selection survives a restart of the gateway', { timeout: 40_000 }, async () => {
    await laneway.switchTo(SMOL);
    await laneway.end();
    await laneway.restart();
    expect(await laneway.get('/api/models')).toMatchObject({ active: { model: 'smol' } });
    const reply = await laneway.chat({ model: 'lane:main' });
    expect(await reply.clone().text()).toContain('"finish_reason"');
    expect(reply.headers.get('x-laneway-target')).toBe(SMOL);
  });
});

interface SeenEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads the events of a gateway until some condition holds. */
async function readEvents(laneway: EngineGateway): Promise<{
  until(holds: (seen: readonly SeenEvent[]) => boolean): Promise<readonly SeenEvent[]>;
}> {
  const abort = new AbortController();
  const reply = await fetch(`${laneway.gateway.url}/api/events`, { signal: abort.signal });
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  return {
    until: async (holds) => {
      const seen: SeenEvent[] = [];
      let text = '';
      while (!holds(seen)) {
        const { value, done } = await reader.read();
        if (done) throw new Error('the events ended');
        text += value;
        for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
          const name = /^event: (.+)$/m.exec(text.slice(0, at))?.[1];
          const data = /^data: (.+)$/m.exec(text.slice(0, at))?.[1];
          if (name !== undefined && data !== undefined) seen.push({ name, data: JSON.parse(data) as never });
          text = text.slice(at + 2);
        }
      }
      abort.abort();
      return seen;
    },
  };
}
