import { describe, expect, test } from 'vitest';
import type { TargetRequest } from '../../../src/wire/exchange.ts';
import type { OpenAiChatFacts, OpenAiQuirks } from '../../../src/wire/openai-chat/dialect.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, openAiEndpoint, openAt } from '../../support/wire.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];

interface Sent {
  readonly body: Record<string, unknown>;
  readonly warnings: string[];
}

function send(body: object, speaks: OpenAiChatFacts = {}, wanted: Partial<TargetRequest> = {}): Sent {
  const request = scanOpenAiChat(json({ model: 'node:evaluate', messages: MESSAGES, ...body }));
  const exchange = openAt(request, [openAiEndpoint(speaks)], wanted);
  return {
    body: JSON.parse(exchange.body.toString()) as Record<string, unknown>,
    warnings: exchange.warnings.map(({ code, detail }) => `${code}=${detail}`),
  };
}

describe('the same-wire request', () => {
  test('wire case 79: unknown keys pass, only the model changes', () => {
    const extra = { chat_template_kwargs: { enable_thinking: false }, top_k: 5 };
    expect(send(extra).body).toEqual({ model: 'upstream-model', messages: MESSAGES, ...extra });
  });

  test('wire case 100: a body without changes goes out as the same Buffer', () => {
    const body = json({ model: 'm', messages: MESSAGES });
    const exchange = openAt(scanOpenAiChat(body), [openAiEndpoint()], { modelId: 'm' });
    expect(exchange.body).toBe(body);
  });

  test('a request without a model gets the target’s', () => {
    expect(send({ model: undefined }).body['model']).toBe('upstream-model');
    expect(send({ model: null }).body['model']).toBe('upstream-model');
  });

  test('defaults fill in what the client left out; what it sent takes precedence, even null', () => {
    const params = { temperature: 0.2, top_p: 0.9, stop: ['x'] };
    expect(send({ temperature: null, top_p: 1 }, {}, { params }).body).toMatchObject({
      temperature: null,
      top_p: 1,
      stop: ['x'],
    });
  });

  test('a default never replaces the request itself', () => {
    const params = { model: 'x', messages: [], stream: true, stream_options: {} };
    expect(send({}, {}, { params }).body).toEqual({ model: 'upstream-model', messages: MESSAGES });
  });

  test('what the dialect refuses is dropped with a warning, null without one', () => {
    const sent = send(
      { logit_bias: { 1: 2 }, seed: null },
      { refuses: ['logit_bias', 'seed', 'store'] },
      { params: { store: true } },
    );
    expect(sent.body).toEqual({ model: 'upstream-model', messages: MESSAGES });
    expect(sent.warnings.sort()).toEqual(['parameter_dropped=logit_bias', 'parameter_dropped=store']);
  });

  test('a field goes out under the name that the dialect knows', () => {
    const sent = send(
      { reasoning: 'x' },
      { renames: { reasoning: 'thinking', top: 'bottom' } },
      { params: { top: 1 } },
    );
    expect(sent.body).toEqual({ model: 'upstream-model', messages: MESSAGES, thinking: 'x', bottom: 1 });
  });
});

describe('differences of a server type, as data in its settings', () => {
  test('wire case 83: developer goes out as system where templates do not know it, and nothing else changes', () => {
    const body =
      '{ "messages": [{"role":"developer","content":"developer: \\u00fc"}, {"content":"a","name":"developer","role" : "developer"},\n' +
      '{"role":"user","content":[{"type":"text","text":"\\"role\\":\\"developer\\""}],"seed":12345678901234567890}], "model":"m"}';
    const sent = (quirks: Partial<OpenAiQuirks>): string => {
      const exchange = openAt(scanOpenAiChat(Buffer.from(body)), [openAiEndpoint({ quirks })], {
        modelId: 'm',
        params: { top_p: 1 },
      });
      return exchange.body.toString();
    };
    const withDefault = body.replace('{', '{"top_p":1,');
    expect(sent({})).toBe(withDefault);
    expect(sent({ noDeveloperRole: true })).toBe(
      withDefault
        .replace('"role":"developer"', '"role":"system"')
        .replace('"role" : "developer"', '"role" : "system"'),
    );
  });

  test('wire case 97: a service tier that the upstream does not know is dropped with a warning', () => {
    const quirks = { values: { service_tier: ['auto', 'flex'] } };
    expect(send({ service_tier: 'default' }, { quirks })).toEqual({
      body: { model: 'upstream-model', messages: MESSAGES },
      warnings: ['parameter_dropped=service_tier'],
    });
    expect(send({}, { quirks }, { params: { service_tier: 'priority' } }).warnings).toEqual([
      'parameter_dropped=service_tier',
    ]);
    for (const tier of ['flex', null]) {
      expect(send({ service_tier: tier }, { quirks })).toMatchObject({
        body: { service_tier: tier },
        warnings: [],
      });
    }
    expect(send({ service_tier: 'default' }).body).toHaveProperty('service_tier', 'default');
  });

  test('wire case 162: several choices are rejected where only one would come, so that another target can serve them', () => {
    const quirks = { oneChoice: true } as const;
    expect(() => send({ n: 2 }, { quirks })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', options: { param: 'n' } }),
    );
    expect(send({ n: 1 }, { quirks }).body).toHaveProperty('n', 1);
    expect(send({ n: 2 }).body).toHaveProperty('n', 2);
  });

  test('wire case 165: of mutually exclusive fields the one with a value goes out', () => {
    const quirks = { exclusive: [['reasoning_format', 'include_reasoning']] };
    const both = { include_reasoning: true, reasoning_format: 'parsed' };
    expect(send(both, { quirks })).toMatchObject({ warnings: ['parameter_dropped=include_reasoning'] });
    expect(send(both, { quirks }).body).not.toHaveProperty('include_reasoning');
    expect(send({ ...both, reasoning_format: null }, { quirks }).body).toHaveProperty(
      'include_reasoning',
      true,
    );
    expect(send(both).body).toMatchObject(both);
  });
});

describe('what passes unchanged', () => {
  test('wire case 80: nulls', () => {
    const nulls = { temperature: null, stop: null, tools: null, response_format: null };
    expect(send(nulls).body).toMatchObject(nulls);
  });

  test('wire cases 99, 146, 168: large numbers, reasoning in the history, vLLM’s older guided_json', () => {
    const body =
      '{"model":"m","seed":12345678901234567890,"guided_json":{"type":"object"},"logit_bias":{"9007199254740993":1},' +
      '"messages":[{"role":"assistant","content":"a","reasoning_content":"hm","reasoning":"hm"},{"role":"user","content":"b"}]}';
    const exchange = openAt(scanOpenAiChat(Buffer.from(body)), [openAiEndpoint()], {
      modelId: 'other',
    });
    expect(exchange.body.toString()).toBe(body.replace('"m"', '"other"'));
  });

  test('wire case 88: names of messages; wire case 87: a list with one text part', () => {
    const messages = [{ role: 'user', name: 'ann', content: [{ type: 'text', text: 'hi' }] }];
    expect(send({ messages }).body).toHaveProperty('messages', messages);
  });
});

describe('wire case 81: exactly one output limit goes out', () => {
  const toOlder = { renames: { max_completion_tokens: 'max_tokens' } };
  const toNewer = { renames: { max_tokens: 'max_completion_tokens' } };
  const limits = (body: object, speaks: OpenAiChatFacts = {}, params = {}): object => {
    const { max_tokens: older, max_completion_tokens: newer } = send(body, speaks, { params }).body;
    return { ...(older === undefined ? {} : { older }), ...(newer === undefined ? {} : { newer }) };
  };
  test.each([
    ['both sent', { max_tokens: 1, max_completion_tokens: 2 }, {}, { newer: 2 }],
    ['both sent, to Ollama', { max_tokens: 1, max_completion_tokens: 2 }, toOlder, { older: 2 }],
    ['both sent, to a reasoning model', { max_completion_tokens: 2, max_tokens: 1 }, toNewer, { newer: 2 }],
    ['the newer as null', { max_tokens: 1, max_completion_tokens: null }, {}, { older: 1 }],
    ['the newer as null, renamed', { max_tokens: 1, max_completion_tokens: null }, toNewer, { newer: 1 }],
    ['only the newer, to Ollama', { max_completion_tokens: 2 }, toOlder, { older: 2 }],
    ['only the older', { max_tokens: 1 }, {}, { older: 1 }],
    ['the older as null', { max_tokens: null }, {}, { older: null }],
  ])('%s', (_name, body, speaks, expected) => {
    expect(limits(body, speaks)).toEqual(expected);
  });

  test('a limit under one name suppresses a default under the other', () => {
    expect(limits({ max_tokens: 1 }, {}, { max_completion_tokens: 9 })).toEqual({ older: 1 });
    expect(limits({ max_tokens: null }, {}, { max_completion_tokens: 9 })).toEqual({ older: null });
  });

  test('of two defaults the newer one goes out, under the right name', () => {
    expect(limits({}, toOlder, { max_tokens: 8, max_completion_tokens: 9 })).toEqual({ older: 9 });
  });
});

describe('stream options', () => {
  test('wire case 94: dropped without stream', () => {
    expect(send({ stream: false, stream_options: { include_usage: true } }).body).not.toHaveProperty(
      'stream_options',
    );
  });

  test.each([
    ['absent', undefined, { include_usage: true }],
    ['null', null, { include_usage: true }],
    ['wire case 41: usage declined', { include_usage: false }, { include_usage: true }],
    ['with others', { include_obfuscation: false }, { include_obfuscation: false, include_usage: true }],
    ['usage requested', { include_usage: true }, { include_usage: true }],
  ])('wire case 40: usage is requested where the client did not: %s', (_name, options, expected) => {
    expect(send({ stream: true, stream_options: options }).body['stream_options']).toEqual(expected);
  });

  test('not where the upstream cannot report it', () => {
    expect(send({ stream: true }, { streamUsage: false }).body).not.toHaveProperty('stream_options');
    expect(send({ stream: true }, { refuses: ['stream_options'] }).body).not.toHaveProperty('stream_options');
  });
});
