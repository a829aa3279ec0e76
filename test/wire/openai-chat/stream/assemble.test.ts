import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpenAiAssembler } from '../../../../src/wire/openai-chat/stream/assemble.ts';
import { assemble, faultOf } from '../../../support/openai-upstream.ts';
import { chunk, DONE, event, FINISH, fixture, ROLE, TEXT, USAGE } from '../../../support/wire.ts';

/** Replaces each value with its type, to compare two answers of a server to the same question. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, shape((value as Record<string, unknown>)[key])]));
}

type Unary = { choices: { message: Record<string, unknown> }[] } & Record<string, unknown>;

/** A server's own reply, with the two keys that OpenAI requires and local servers leave out. */
function unary(path: string): Unary {
  const reply = JSON.parse(fixture(path).toString()) as Unary;
  const choices = reply.choices.map((choice) => ({
    logprobs: null,
    ...choice,
    message: { refusal: null, ...choice.message },
  }));
  return { ...reply, choices };
}

describe('an assembled stream of a real llama-server equals its unary reply to the same question', () => {
  test('text', () => {
    const assembled = assemble([fixture('llamacpp/chat-stream-usage.sse')]);
    const whole = unary('llamacpp/chat-unary.json');
    expect(shape(assembled)).toEqual(shape(whole));
    expect(assembled['choices']).toEqual(whole.choices);
  });

  test('a tool call: only its content is null where the unary reply has an empty text', () => {
    const whole = unary('llamacpp/chat-tool-unary.json');
    expect(whole.choices[0]?.message['content']).toBe('');
    whole.choices[0]!.message['content'] = null;
    const assembled = assemble([fixture('llamacpp/chat-tool-stream.sse')]);
    expect(shape(assembled)).toEqual(shape(whole));
    expect(assembled).toMatchObject({
      choices: [
        { message: { tool_calls: [{ function: { name: 'get_weather', arguments: '{"city": "Paris"}' } }] } },
      ],
    });
  });

  test('wire case 32: two choices, interleaved, one usage', () => {
    const assembled = assemble([fixture('llamacpp/chat-n-2.sse')]);
    const whole = unary('llamacpp/chat-n-2.json');
    expect(shape(assembled)).toEqual(shape(whole));
    expect(assembled['choices']).toEqual(whole.choices);
    expect(assembled['usage']).toEqual(whole['usage']);
  });

  test('wire case 37: log probabilities, token by token', () => {
    const assembled = assemble([fixture('llamacpp/chat-logprobs.sse')]);
    expect(shape(assembled)).toEqual(shape(unary('llamacpp/chat-logprobs.json')));
    expect(assembled['choices']).toEqual(unary('llamacpp/chat-logprobs.json').choices);
  });

  test('a real Ollama', () => {
    expect(shape(assemble([fixture('ollama/chat-stream-usage.sse')]))).toEqual(
      shape(unary('ollama/chat-unary.json')),
    );
  });
});

describe('an assembled stream', () => {
  test('`refusal` and `logprobs`, which a completion requires, are null where the stream has none', () => {
    const [choice] = assemble([chunk({ role: 'assistant', content: 'a' }), FINISH])['choices'] as object[];
    expect(choice).toMatchObject({ message: { refusal: null }, logprobs: null });
  });

  test('wire case 28: the first id, time and model; the last value of other keys', () => {
    const first = chunk({ content: 'a' }, null, { system_fingerprint: 'one' });
    const last = chunk({}, 'stop', { id: 'other', created: 2, model: 'm-2', system_fingerprint: 'two' });
    expect(assemble([first, last])).toMatchObject({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'm-1',
      system_fingerprint: 'two',
    });
  });

  test('wire case 29: Azure’s empty first chunk has no id, its filter results stay', () => {
    const azure = event({
      id: '',
      object: '',
      created: 0,
      model: '',
      choices: [],
      prompt_filter_results: [{ a: 1 }],
    });
    expect(assemble([azure, ROLE, TEXT, FINISH])).toMatchObject({
      id: 'chatcmpl-1',
      created: 1,
      model: 'm-1',
      prompt_filter_results: [{ a: 1 }],
    });
  });

  test('wire case 43: Groq’s usage is where a unary reply has it', () => {
    const groq = { id: 'req', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } };
    const assembled = assemble([
      chunk({ content: 'a' }, null, { x_groq: { id: 'req', seed: 5 } }),
      chunk({}, 'stop', { x_groq: groq }),
    ]);
    expect(assembled).toMatchObject({ usage: groq.usage, x_groq: { seed: 5, ...groq } });
  });

  test('wire cases 45, 46: the usage after the finish, not the null ones before', () => {
    const nulls = chunk({ content: 'a' }, null, { usage: null });
    expect(assemble([nulls, FINISH, USAGE, DONE])).toMatchObject({ usage: { total_tokens: 12 } });
    expect(assemble([FINISH, USAGE, nulls])).toMatchObject({ usage: { total_tokens: 12 } });
  });

  test('wire cases 35, 167: padding is dropped, what servers add stays', () => {
    const odd = { obfuscation: 'xyz', timings: { prompt_n: 1 }, provider: 'p' };
    const choice = {
      index: 0,
      delta: { content: 'a', extra: 7, role: 'assistant' },
      finish_reason: null,
      token_ids: [1],
    };
    const end = { index: 0, delta: {}, finish_reason: 'stop', stop_reason: '#', token_ids: [2] };
    const assembled = assemble([
      event({ id: 'a', ...odd, choices: [choice] }),
      event({ id: 'a', choices: [end] }),
    ]);
    expect(assembled).toEqual({
      id: 'a',
      object: 'chat.completion',
      timings: { prompt_n: 1 },
      provider: 'p',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'a', refusal: null, extra: 7 },
          logprobs: null,
          finish_reason: 'stop',
          stop_reason: '#',
          token_ids: [1, 2],
        },
      ],
    });
  });

  test('wire cases 38, 143: thinking under its own name, audio, annotations, the legacy call', () => {
    const stream = [
      chunk({ role: 'assistant', reasoning: 'h', audio: { id: 'a', data: 'AA', transcript: 'x' } }),
      chunk({ reasoning: 'm', annotations: [{ n: 1 }], function_call: { name: 'f', arguments: '{' } }),
      chunk({ audio: { data: 'BB' }, annotations: [{ n: 2 }], function_call: { arguments: '}' } }),
      chunk({ audio: { expires_at: 9 } }, 'stop'),
    ];
    expect(assemble(stream)['choices']).toMatchObject([
      {
        message: {
          content: null,
          reasoning: 'hm',
          audio: { id: 'a', data: 'AABB', transcript: 'x', expires_at: 9 },
          annotations: [{ n: 1 }, { n: 2 }],
          function_call: { name: 'f', arguments: '{}' },
        },
      },
    ]);
  });

  test('wire case 98: __proto__ is an ordinary key', () => {
    const odd =
      'data: {"id":"a","__proto__":{"x":1},"choices":[{"index":0,"delta":{"__proto__":{"y":1},"content":"a"},"finish_reason":"stop"}]}\n\n';
    const assembler = JSON.stringify(assemble([odd]));
    expect(assembler).toContain('"__proto__":{"x":1}');
    expect(assembler).toContain('"__proto__":{"y":1}');
  });

  test('wire case 5: without a finish reason of every choice there is no reply', () => {
    expect(faultOf(() => assemble([ROLE, TEXT])).kind).toBe('cut');
    expect(faultOf(() => assemble([ROLE, TEXT, DONE])).kind).toBe('cut');
    expect(faultOf(() => assemble([ROLE, chunk({ content: 'b' }, null, {}, 1), FINISH])).kind).toBe('cut');
    expect(faultOf(() => assemble([])).kind).toBe('cut');
  });

  test('it is complete with its end mark, since usage may follow the finish', () => {
    const assembler = new OpenAiAssembler();
    const take = (data: string): void => {
      assembler.take(data);
    };
    take(FINISH.slice(6).trim());
    expect(assembler.ended).toBe(false);
    take('[DONE]');
    expect(assembler.ended).toBe(true);
  });

  test('wire case 14: an error inside the stream is a failure', () => {
    expect(faultOf(() => assemble([ROLE, TEXT, event({ error: { message: 'boom' } })])).kind).toBe(
      'error_event',
    );
  });
});

describe('assembling the stream of a completion gives the completion', () => {
  const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { maxLength: 5 });
  const call = fc.record({ id: fc.uuid(), name: fc.stringMatching(/^[a-z_]{1,12}$/), pieces: words });
  const choice = fc.record({
    content: fc.option(words),
    refusal: fc.option(words),
    reasoning: fc.option(words, { nil: undefined }),
    logprobs: fc.option(
      fc.array(
        fc.record({ token: fc.string(), logprob: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      ),
      {
        nil: undefined,
      },
    ),
    calls: fc.array(call, { maxLength: 3 }),
    finish: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
    more: fc.dictionary(fc.stringMatching(/^x_[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 1 })),
  });

  test('for any content and any interleaving of choices', () => {
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat({ max: 2 })),
        (choices, turns) => {
          const expected = {
            id: 'chatcmpl-1',
            object: 'chat.completion',
            created: 1,
            model: 'm',
            service_tier: 'default',
            usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
            choices: choices.map(completionChoice),
          };
          const queues = choices.map(deltas);
          const chunks: string[] = [];
          const head = {
            id: 'chatcmpl-1',
            object: 'chat.completion.chunk',
            created: 1,
            model: 'm',
            service_tier: 'default',
          };
          while (queues.some((queue) => queue.length > 0)) {
            const turn = turns.next().value % queues.length;
            const index = queues[turn]!.length > 0 ? turn : queues.findIndex((queue) => queue.length > 0);
            chunks.push(event({ ...head, choices: [{ index, ...queues[index]!.shift()! }] }));
          }
          chunks.push(event({ ...head, choices: [], usage: expected.usage }), DONE);
          expect(assemble(chunks)).toEqual(JSON.parse(JSON.stringify(expected)));
        },
      ),
      { numRuns: 300 },
    );
  });

  type Choice = typeof choice extends fc.Arbitrary<infer Value> ? Value : never;

  function completionChoice(made: Choice, index: number): object {
    const message: Record<string, unknown> = { role: 'assistant', content: made.content?.join('') ?? null };
    message['refusal'] = made.refusal?.join('') ?? null;
    if (made.reasoning !== undefined) {
      message['reasoning'] = made.reasoning.join('');
      if (made.reasoning.length > 0) message['reasoning_content'] = message['reasoning'];
    }
    const isWhole = made.finish === 'stop' || made.finish === 'tool_calls';
    if (made.calls.length > 0) {
      message['tool_calls'] = made.calls.map(({ id, name, pieces }) => ({
        id,
        type: 'function',
        function: { name, arguments: isWhole && pieces.join('') === '' ? '{}' : pieces.join('') },
      }));
    }
    Object.assign(message, made.more);
    const logprobs = made.logprobs === undefined ? null : { content: made.logprobs };
    const finish = made.calls.length > 0 ? 'tool_calls' : 'stop';
    return { index, message, logprobs, finish_reason: isWhole ? finish : made.finish };
  }

  function deltas(made: Choice): object[] {
    const list: object[] = [
      { delta: { role: 'assistant', content: made.content === null ? null : '' }, finish_reason: null },
    ];
    const add = (delta: object, more: object = {}): void => {
      list.push({ delta, finish_reason: null, ...more });
    };
    if (made.reasoning !== undefined) add({ reasoning: '' });
    for (const reasoning of made.reasoning ?? []) add({ reasoning });
    for (const content of made.content ?? []) add({ content });
    if (made.refusal !== null) add({ refusal: '' });
    for (const refusal of made.refusal ?? []) add({ refusal });
    if (made.logprobs !== undefined) add({}, { logprobs: { content: [] } });
    for (const token of made.logprobs ?? []) add({}, { logprobs: { content: [token] } });
    made.calls.forEach(({ id, name, pieces }, index) => {
      add({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
      for (const piece of pieces) add({ tool_calls: [{ index, function: { arguments: piece } }] });
    });
    for (const [key, value] of Object.entries(made.more)) add({ [key]: value });
    list.push({ delta: {}, finish_reason: made.finish });
    return list;
  }
});
