import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { BarClient } from '../support/bar-client.ts';
import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { json, sse } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { chunks, completion } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { post, startProcess, type GatewayProcess } from '../support/process.ts';
import { startRecordingProxy, withOneTime, type RecordingProxy } from '../support/recording-proxy.ts';

const FIRST = { provider: 'first', model: 'smollm2-135m-tools' };
const SECOND = { provider: 'second', model: 'smollm2-135m' };
const CLOUD = { provider: 'cloud', model: 'm' };

describeWithEngine('a client that knows the model bar and nothing else', () => {
  let first: LlamaServer;
  let second: LlamaServer;
  let recorder: RecordingProxy;
  let cloud: FakeUpstream;
  let laneway: GatewayProcess;
  const folder = mkdtempSync(join(tmpdir(), 'laneway-bar-'));

  beforeAll(async () => {
    first = await startLlama({ model: 'smollm2-135m-tools' });
    second = await startLlama({ model: 'smollm2-135m' });
    recorder = await startRecordingProxy(first.url);
    cloud = await startFakeUpstream(
      chatScript((request) =>
        (request.json() as { stream?: boolean }).stream === true
          ? sse([...chunks('from', ' the', ' cloud'), '[DONE]'])
          : json(200, completion('from the cloud')),
      ),
    );
    laneway = await startProcess({
      folder,
      files: {
        'models.json': {
          default_lane: 'main',
          providers: {
            first: { type: 'llamacpp', base_url: recorder.url },
            second: { type: 'llamacpp', base_url: second.url },
            cloud: { type: 'openai_compatible', base_url: `${cloud.url}/v1`, local: true },
          },
          lanes: { main: { preferred: ['first/smollm2-135m-tools'] } },
        },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    rmSync(folder, { recursive: true, force: true });
    await recorder.close();
    await cloud.close();
    await first.stop();
    await second.stop();
  });

  const chat = (body: Readonly<Record<string, unknown>>): Promise<Response> =>
    post(`${laneway.url}/v1/chat/completions`, {
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
      max_tokens: 8,
      temperature: 0,
      ...body,
    });
  const bar = (): BarClient => new BarClient({ url: laneway.url, chat });

  /** Who answers a request that names nothing: by Laneway's header and by the engine's own word. */
  async function answering(stream: boolean): Promise<string> {
    const reply = await chat({ stream });
    expect(reply.status).toBe(200);
    const body = await reply.text();
    const engine = /"model":"([^"]+)"/.exec(body)?.[1] ?? '';
    const target = reply.headers.get('x-laneway-target') ?? '';
    expect(target.endsWith(`/${engine}`)).toBe(true);
    return target;
  }

  test('sees all three models, and that one of them is active', async () => {
    const { active, providers } = await bar().models();
    expect(active).toEqual(FIRST);
    const marked = providers.flatMap(({ id, status, models }) =>
      models.map((model) => `${id}/${model.id} ${status} ${model.active ? 'active' : '-'}`),
    );
    expect(marked.toSorted()).toEqual([
      'cloud/m available -',
      'first/smollm2-135m-tools available active',
      'second/smollm2-135m available -',
    ]);
  });

  test.each([SECOND, CLOUD, FIRST, CLOUD, SECOND])(
    'switches to $provider/$model: the next request, the list and the capabilities are that one’s',
    async (wanted) => {
      const { status, body } = await bar().switch(wanted);
      expect(status).toBe(200);
      expect(body).toMatchObject({ success: true, ...wanted });
      const name = `${wanted.provider}/${wanted.model}`;
      expect(await answering(false)).toBe(name);
      expect(await answering(true)).toBe(name);
      expect(await bar().active()).toBe(name);
      const known = await bar().capabilities();
      expect(known).toMatchObject(wanted);
      if (wanted === CLOUD) expect(known.capabilities['parameter_count']).toBeUndefined();
      else {
        expect(known.capabilities['context_length']).toBeGreaterThan(0);
        expect(known.capabilities['parameter_count']).toBeGreaterThan(100_000_000);
      }
    },
  );

  test('wire case 28: a stream that runs across two switches is, byte for byte, what the engine sent, but that `created` stays at its first value', async () => {
    await bar().switch(FIRST);
    recorder.clear();
    const running = await chat({
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 200,
      messages: [{ role: 'user', content: 'Tell me a long story about a river.' }],
    });
    expect(running.headers.get('x-laneway-target')).toBe('first/smollm2-135m-tools');
    await bar().switch(SECOND);
    expect(await answering(false)).toBe('second/smollm2-135m');
    await bar().switch(CLOUD);
    expect(await answering(true)).toBe('cloud/m');
    const sofar = recorder.streamed();
    const received = await running.text();
    // The engine was still writing when the second switch was done.
    expect(sofar).not.toContain('data: [DONE]');
    expect(received).toContain('data: [DONE]');
    expect(received).toBe(withOneTime(recorder.streamed()));
  }, 30_000);

  test('the selection is there after kill -9 and a new start', async () => {
    await bar().switch(SECOND);
    laneway.child.kill('SIGKILL');
    await laneway.exit;
    laneway = await startProcess({ folder });
    expect(await bar().active()).toBe('second/smollm2-135m');
    expect(await answering(true)).toBe('second/smollm2-135m');
    expect((await bar().switch(CLOUD)).status).toBe(200);
    laneway.child.kill('SIGKILL');
    await laneway.exit;
    laneway = await startProcess({ folder });
    expect(await bar().active()).toBe('cloud/m');
    expect(await bar().capabilities()).toMatchObject(CLOUD);
    expect(await answering(false)).toBe('cloud/m');
  }, 30_000);

  test('what is no model here is refused, and the selection stays', async () => {
    const { status, body } = await bar().switch({ provider: 'first', model: 'gpt-9' });
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ code: 'model_not_found' });
    expect(await bar().active()).toBe('cloud/m');
  });
});
