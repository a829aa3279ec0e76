import { describe, expect, test } from 'vitest';
import type { Exchange, TargetRequest } from '../../../src/wire/exchange.ts';
import type { CompletionsDialect } from '../../../src/wire/openai-completions/dialect.ts';
import { openAiCompletionsWire } from '../../../src/wire/openai-completions/wire.ts';
import { cut, event, json, openAt, relay } from '../../support/wire.ts';

function open(
  body: object,
  facts: Partial<CompletionsDialect> = {},
  wanted: Partial<TargetRequest> = {},
): Exchange {
  const dialect = { unaryAsStream: false, single: false, stopSequences: null, ...facts };
  const request = openAiCompletionsWire.scan(json({ model: 'x', prompt: 'Once', ...body }));
  return openAt(request, [{ format: 'openai-completions', path: '/completions', dialect }], {
    modelId: 'up',
    ...wanted,
  });
}

const parsed = (body: unknown): Record<string, unknown> =>
  JSON.parse(String(body)) as Record<string, unknown>;
const chunk = (text: string, finish: string | null = null, more: object = {}, index = 0): string =>
  event({
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1,
    model: 'up',
    choices: [{ text, index, finish_reason: finish, logprobs: null }],
    ...more,
  });
const COUNTS = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const USAGE = event({
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1,
  model: 'up',
  choices: [],
  usage: COUNTS,
});
const DONE = 'data: [DONE]\n\n';

describe('the facts of a request', () => {
  const facts = (body: object): object => openAiCompletionsWire.scan(json(body)).facts;

  test('a prompt is a text, texts, token ids or lists of them; it may be absent', () => {
    expect(facts({ prompt: 'x'.repeat(40), max_tokens: 7, stream: true })).toMatchObject({
      kind: 'chat',
      estimatedTokens: 10,
      maxOutputTokens: 7,
      stream: true,
    });
    expect(facts({ prompt: ['x'.repeat(40), 'y'] })).toMatchObject({
      estimatedTokens: 11,
      longestInputTokens: 10,
    });
    expect(facts({ prompt: [1, 2, 3] })).toMatchObject({ estimatedTokens: 3 });
    expect(facts({ prompt: null })).toMatchObject({ estimatedTokens: 0 });
    expect(facts({})).toMatchObject({ estimatedTokens: 0 });
  });

  test('anything else is rejected by name', () => {
    expect(() => facts({ prompt: { text: 'a' } })).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ param: 'prompt' }) as object }),
    );
  });
});

describe('the request', () => {
  test('goes out byte for byte except for the model, including unknown keys', () => {
    const body = '{ "prompt": [1,2] ,"suffix":"end","echo":true,"best_of":3,"model":"x","min_p":0.10}';
    const exchange = openAt(openAiCompletionsWire.scan(Buffer.from(body)), [
      {
        format: 'openai-completions',
        path: '/completions',
        dialect: { unaryAsStream: false, single: false, stopSequences: null },
      },
    ]);
    expect(String(exchange.body)).toBe(body.replace('"x"', '"upstream-model"'));
  });

  test('the target’s defaults fill in what is absent, where they have the same meaning', () => {
    const params = { temperature: 0.2, max_completion_tokens: 9, reasoning_effort: 'low', stop: null };
    const exchange = open({ temperature: 1 }, {}, { params });
    expect(parsed(exchange.body)).toEqual({ model: 'up', prompt: 'Once', temperature: 1, max_tokens: 9 });
    expect(exchange.warnings).toEqual([{ code: 'parameter_dropped', detail: 'reasoning_effort' }]);
  });

  test('wire case 177: Ollama accepts one text and returns one choice; more is rejected with the reason', () => {
    for (const [body, param] of [
      [{ prompt: ['a', 'b'] }, 'prompt'],
      [{ prompt: [1, 2] }, 'prompt'],
      [{ prompt: [] }, 'prompt'],
      [{ n: 2 }, 'n'],
      [{ best_of: 3 }, 'best_of'],
    ] as const) {
      expect(() => open(body, { single: true })).toThrow(
        expect.objectContaining({
          code: 'unsupported_parameter',
          options: expect.objectContaining({ param }) as object,
        }),
      );
    }
    // LangChain sends a list.
    for (const prompt of ['a', ['a']]) {
      expect(parsed(open({ prompt, n: 1 }, { single: true }).body)['prompt']).toBe('a');
    }
  });

  test('the usage of a stream is requested; a unary request becomes a stream where only those are cancelled', () => {
    expect(parsed(open({ stream: true }).body)['stream_options']).toEqual({ include_usage: true });
    expect(parsed(open({}).body)).not.toHaveProperty('stream_options');
    const asked = open({}, { unaryAsStream: true });
    expect(asked.requestsStream).toBe(true);
    expect(parsed(asked.body)).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });
});

describe('the stream', () => {
  const body = [chunk(''), chunk('Gr'), chunk('üße'), chunk('', 'stop'), USAGE, DONE];

  test('is held until its first text and passes unchanged, except for usage that the client did not request', () => {
    const stream = open({ stream: true }).stream();
    expect(relay(stream, [chunk('')], false)).toMatchObject({ output: '', state: 'held' });
    expect(relay(stream, body.slice(1))).toEqual({
      output: body.filter((bytes) => bytes !== USAGE).join(''),
      state: 'complete',
      fault: null,
    });
    expect(stream).toMatchObject({ model: 'up', usage: { inputTokens: 3, outputTokens: 2 } });
    const asked = open({ stream: true, stream_options: { include_usage: true } }).stream();
    expect(relay(asked, body).output).toBe(body.join(''));
  });

  test('counts on every chunk, as Ollama writes them, are removed from each', () => {
    const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const { output } = relay(open({ stream: true }).stream(), [
      chunk('a', null, { usage: zero }),
      chunk('', 'length', { usage: zero }),
      USAGE,
      DONE,
    ]);
    expect(output).toBe(chunk('a') + chunk('', 'length') + DONE);
  });

  test('the empty event with which llama-server begins the stream of several prompts is left out', () => {
    const events = ['data: null\n\n', chunk('b', 'stop', {}, 1), chunk('a', 'stop'), DONE];
    expect(relay(open({ stream: true }).stream(), events).output).toBe(events.slice(1).join(''));
    const { output } = relay(open({}, { unaryAsStream: true }).assemble(), events);
    expect(parsed(output)['choices']).toMatchObject([{ text: 'a' }, { text: 'b' }]);
  });

  test('does not depend on how the network slices it', () => {
    const whole = Buffer.from(body.join(''));
    for (let step = 1; step < 40; step += 1) {
      const points = Array.from({ length: whole.length / step }, (_, at) => at * step);
      expect(relay(open({ stream: true }).stream(), cut(whole, points)).output).toBe(
        body.filter((bytes) => bytes !== USAGE).join(''),
      );
    }
  });

  test('without a finish reason of every choice it is cut; without its end mark it is complete', () => {
    const other = chunk('b', null, {}, 1);
    const run = (events: readonly string[]): string | null =>
      relay(open({ stream: true }).stream(), events).fault;
    expect(run([chunk('a'), DONE])).toBe('cut');
    expect(run([chunk('a'), other, chunk('', 'stop'), DONE])).toBe('cut');
    expect(relay(open({ stream: true }).stream(), [chunk('a'), chunk('', 'stop')])).toEqual({
      output: chunk('a') + chunk('', 'stop') + DONE,
      state: 'complete',
      fault: null,
    });
  });

  test.each([
    ['error_event', event({ error: { message: 'out of memory' } })],
    ['malformed', 'data: {no JSON\n\n'],
    ['malformed', event({ id: 'x', choices: null })],
    ['malformed', event({ id: 'x', choices: [{ index: 0, delta: { content: 'a' } }] })],
    ['cut', chunk('', 'abort')],
  ])('%s: %s', (fault, bytes) => {
    expect(relay(open({ stream: true }).stream(), [bytes, DONE])).toMatchObject({ output: '', fault });
  });

  test('assembled it is the unary reply that the server would have sent', () => {
    const logprobs = (token: string): object => ({
      tokens: [token],
      token_logprobs: [-0.5],
      text_offset: [0],
    });
    const choice = (text: string, finish: string | null, index: number): string =>
      event({
        id: 'cmpl-1',
        object: 'text_completion',
        created: 1,
        model: 'up',
        choices: [{ text, index, finish_reason: finish, logprobs: logprobs(text) }],
      });
    const assembly = open({}, { unaryAsStream: true }).assemble();
    const { output } = relay(assembly, [
      choice('b', 'stop', 1),
      choice('Grü', null, 0),
      choice('ße', 'length', 0),
      USAGE,
      DONE,
    ]);
    expect(parsed(output)).toEqual({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1,
      model: 'up',
      choices: [
        {
          text: 'Grüße',
          index: 0,
          finish_reason: 'length',
          logprobs: { tokens: ['Grü', 'ße'], token_logprobs: [-0.5, -0.5], text_offset: [0, 0] },
        },
        { text: 'b', index: 1, finish_reason: 'stop', logprobs: logprobs('b') },
      ],
      usage: COUNTS,
    });
  });
});

describe('the unary reply', () => {
  const reply = {
    id: 'c',
    object: 'text_completion',
    model: 'up',
    choices: [{ text: 'a', index: 0 }],
    usage: COUNTS,
  };

  test('passes unchanged and is metered', () => {
    const body = json(reply);
    expect(open({}).unary(body)).toMatchObject({
      body,
      model: 'up',
      usage: { inputTokens: 3, outputTokens: 2 },
    });
    expect(open({}).unary(body).body).toBe(body);
  });

  test('goes to a streaming client as a single-piece stream', () => {
    const { body } = open({ stream: true }).oneShot(json(reply));
    expect(body.toString()).toBe(`${event(reply)}${DONE}`);
  });

  test.each([
    ['malformed', '{}'],
    ['malformed', '{"choices":[]}'],
    ['malformed', '{"choices":[{"message":{"content":"a"}}]}'],
    ['cut', '{"choices":[{"text":"a","finish_reason":"error"}]}'],
    ['error_event', '{"error":{"message":"x"}}'],
  ])('%s: %s is a fault', (kind, body) => {
    expect(() => open({}).unary(Buffer.from(body))).toThrow(expect.objectContaining({ kind }));
  });
});
