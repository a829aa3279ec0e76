import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { post, startProcess, type GatewayProcess } from '../support/process.ts';
import { describeWithPython, pythonWithOpenAi } from '../support/python.ts';
import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { startRecordingProxy, withOneTime, type RecordingProxy } from '../support/recording-proxy.ts';

const PARIS = [{ role: 'user' as const, content: 'What is the capital of France?' }];

interface Seen {
  readonly target: string | null;
  readonly attempts: string | null;
  readonly text: string;
}

describeWithEngine('a real llama-server behind the shipped configuration', () => {
  let first: LlamaServer;
  let second: LlamaServer;
  let recorder: RecordingProxy;
  let laneway: GatewayProcess;

  beforeAll(async () => {
    first = await startLlama({ model: 'smollm2-135m-tools' });
    second = await startLlama({ model: 'smollm2-135m' });
    recorder = await startRecordingProxy(first.url);
    // The shipped lanes and nodes as they are; only the addresses are this machine's.
    laneway = await startProcess({
      files: {
        'user_models.json': {
          providers: {
            llamacpp: { base_url: recorder.url },
            spare: { type: 'llamacpp', base_url: second.url },
            vllm: { enabled: false },
            ollama: { enabled: false },
          },
        },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await recorder.close();
    await first.stop();
    await second.stop();
  });

  const client = (): OpenAI =>
    new OpenAI({ baseURL: `${laneway.url}/v1`, apiKey: 'sk-fake-unused', maxRetries: 0 });

  async function whole(model: string): Promise<Seen> {
    const { data, response } = await client()
      .chat.completions.create({ model, messages: PARIS, max_tokens: 12, temperature: 0 })
      .withResponse();
    return seen(response, data.choices[0]?.message.content ?? '');
  }

  async function streamed(model: string): Promise<Seen> {
    const { data, response } = await client()
      .chat.completions.create({ model, messages: PARIS, max_tokens: 12, temperature: 0, stream: true })
      .withResponse();
    let text = '';
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';
    return seen(response, text);
  }

  test.each(['node:evaluate', 'evaluate', 'lane:fast_rag', 'auto'])(
    'answers the OpenAI client through %s, whole and streamed',
    async (model) => {
      const answers = [await whole(model), await streamed(model)];
      for (const { text, target } of answers) {
        expect(text).toContain('Paris');
        expect(target).toMatch(/^(llamacpp|spare)\/smollm2-135m/);
      }
    },
  );

  test('the helper that the OpenAI client offers for streams takes every event', async () => {
    const runner = client().chat.completions.stream({
      model: 'evaluate',
      messages: PARIS,
      max_tokens: 12,
      temperature: 0,
    });
    const { choices } = await runner.finalChatCompletion();
    expect(choices[0]?.message.content).toContain('Paris');
    expect(choices[0]?.finish_reason).toMatch(/stop|length/);
  });

  test('usage is counted without being asked for, and only a client that asks gets the chunk', async () => {
    const { data, response } = await client()
      .chat.completions.create({ model: 'evaluate', messages: PARIS, max_tokens: 12, stream: true })
      .withResponse();
    for await (const chunk of data) expect(chunk.choices).toHaveLength(1);
    const trace = await ended(response.headers.get('x-request-id') ?? '');
    expect(trace.usage.output_tokens).toBeGreaterThan(0);

    const asked = await client().chat.completions.create({
      model: 'evaluate',
      messages: PARIS,
      max_tokens: 12,
      stream: true,
      stream_options: { include_usage: true },
    });
    let last: OpenAI.ChatCompletionChunk | null = null;
    for await (const chunk of asked) last = chunk;
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.completion_tokens).toBeGreaterThan(0);
  });

  test('a switch moves the node between two real models, and the reset brings it back', async () => {
    await switchTo('llamacpp', 'smollm2-135m-tools');
    expect((await whole('evaluate')).target).toBe('llamacpp/smollm2-135m-tools');
    await switchTo('spare', 'smollm2-135m');
    expect((await whole('evaluate')).target).toBe('spare/smollm2-135m');
    await post(`${laneway.url}/api/debug/models/reset`, {});
    const { assignments } = (await (await fetch(`${laneway.url}/api/debug/models`)).json()) as {
      assignments: Record<string, { is_default: boolean }>;
    };
    expect(assignments['evaluate']?.is_default).toBe(true);
  });

  test('wire case 28: a stream that runs across the switch is, byte for byte, what the engine sent, but that `created` stays at its first value', async () => {
    await switchTo('llamacpp', 'smollm2-135m-tools');
    recorder.clear();
    const answer = await post(`${laneway.url}/v1/chat/completions`, {
      model: 'evaluate',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 120,
      temperature: 0,
      messages: [{ role: 'user', content: 'Tell me a long story about a river.' }],
    });
    expect(answer.status).toBe(200);
    await switchTo('spare', 'smollm2-135m');
    expect((await whole('evaluate')).target).toBe('spare/smollm2-135m');
    const received = await answer.text();
    expect(received).toContain('data: [DONE]');
    expect(received).toBe(withOneTime(recorder.streamed()));
    await post(`${laneway.url}/api/debug/models/reset`, {});
  }, 30_000);

  test('a model that a single-model server does not hold is never answered in its name', async () => {
    const answer = await post(`${laneway.url}/v1/chat/completions`, {
      model: 'llamacpp/some-other-model',
      messages: PARIS,
    });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'model_not_found' } });
  });

  describeWithPython('with the official Python client', () => {
    test('node evaluate and lane fast_rag answer, whole and streamed', async () => {
      const { stdout } = await promisify(execFile)(pythonWithOpenAi ?? '', [
        '-c',
        PYTHON,
        `${laneway.url}/v1`,
      ]);
      const lines = stdout.trim().split('\n');
      expect(lines).toHaveLength(4);
      for (const line of lines) expect(line).toContain('Paris');
    });
  });

  // Last, since it stops an engine.
  test('stopping the engine in the middle of a conversation moves the next request to the next target', async () => {
    await switchTo('llamacpp', 'smollm2-135m-tools');
    const before = await whole('evaluate');
    expect(before.target).toBe('llamacpp/smollm2-135m-tools');
    await first.stop('SIGKILL');
    const { data, response } = await client()
      .chat.completions.create({
        model: 'evaluate',
        messages: [...PARIS, { role: 'assistant', content: before.text }, ...PARIS],
        max_tokens: 12,
        temperature: 0,
      })
      .withResponse();
    expect(data.choices[0]?.message.content).toContain('Paris');
    expect(response.headers.get('x-laneway-target')).toBe('spare/smollm2-135m');
    const trace = await ended(response.headers.get('x-request-id') ?? '');
    const fate = trace.attempts.map(({ target, class: cls }) => `${target} ${cls ?? 'answered'}`);
    expect(fate.at(-1)).toBe('spare/smollm2-135m answered');
    expect(JSON.stringify(trace)).toContain('llamacpp/smollm2-135m-tools');
  });

  async function switchTo(provider: string, modelId: string): Promise<void> {
    const answer = await fetch(`${laneway.url}/api/debug/models/evaluate`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider, model_id: modelId, reason: 'tried in a test' }),
    });
    expect(answer.status).toBe(200);
  }

  async function ended(id: string): Promise<{
    usage: { output_tokens: number };
    attempts: { target: string; class: string | null }[];
  }> {
    const answer = await fetch(`${laneway.url}/api/debug/requests/${id}`);
    return (await answer.json()) as never;
  }
});

function seen(response: Response, text: string): Seen {
  return {
    target: response.headers.get('x-laneway-target'),
    attempts: response.headers.get('x-laneway-attempts'),
    text,
  };
}

const PYTHON = `
import sys
from openai import OpenAI
client = OpenAI(base_url=sys.argv[1], api_key="sk-fake-unused", max_retries=0)
ask = dict(messages=[{"role": "user", "content": "What is the capital of France?"}], max_tokens=12, temperature=0)
for model in ["evaluate", "lane:fast_rag"]:
    print(client.chat.completions.create(model=model, **ask).choices[0].message.content.replace("\\n", " "))
    words = [c.choices[0].delta.content or "" for c in client.chat.completions.create(model=model, stream=True, **ask) if c.choices]
    print("".join(words).replace("\\n", " "))
`;
