import { describe, expect, test } from 'vitest';
import type { ModelRules } from '../../../src/protocol/model-rules.ts';
import { scanMessages } from '../../../src/wire/anthropic-messages/scan.ts';
import { passThrough } from '../../../src/wire/anthropic-messages/pass-through.ts';
import type { Exchange, TargetRequest } from '../../../src/wire/exchange.ts';
import { WireFault } from '../../../src/wire/fault.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { fixture, json, MESSAGES_ENDPOINT, openAt, target } from '../../support/wire.ts';

const RULES: ModelRules = {
  sampling: true,
  manualThinking: true,
  adaptiveThinking: false,
  withoutThinking: 'always',
  efforts: [],
  forcedToolChoice: true,
  jsonSchema: true,
  prefill: true,
  systemTurns: false,
  documents: true,
  maxOutputTokens: 64_000,
};

function exchange(body: string, changes: Partial<TargetRequest> = {}, more = {}): Exchange {
  const request = scanMessages(Buffer.from(body));
  const dialect = { unaryAsStream: false, ...more };
  return passThrough(request, { path: '/v1/messages', dialect }, target(changes), systemClock);
}

const sent = (made: Exchange): string => String(made.body);
const parsed = (made: Exchange): Record<string, unknown> => JSON.parse(sent(made)) as Record<string, unknown>;

const BODY =
  '{ "model":"lane:x", "max_tokens":5 , "x_new":1.0e3,"temperature":0.7,\n "system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"Grüße"}], "context_management":{"edits":[]}}';

describe('wire case 100: the request', () => {
  test('is sent byte for byte, except for the model', () => {
    expect(sent(exchange(BODY))).toBe(BODY.replace('"lane:x"', '"upstream-model"'));
  });

  test('with the right model name is sent as the same Buffer', () => {
    const request = scanMessages(Buffer.from(BODY));
    const made = openAt(request, [MESSAGES_ENDPOINT], { modelId: 'lane:x' });
    expect(made.body).toBe(request.body);
  });

  test('wire case 102: sampling that the client sent stays unchanged', () => {
    const made = exchange(BODY, { rules: { ...RULES, sampling: false } });
    expect(parsed(made)).toMatchObject({ temperature: 0.7 });
    expect(made.warnings).toEqual([]);
  });

  test('is streamed where unary replies are assembled', () => {
    expect(parsed(exchange(BODY, {}, { unaryAsStream: true }))).toMatchObject({ stream: true });
  });
});

describe('defaults', () => {
  const bare = '{"model":"m","messages":[{"role":"user","content":"a"}]}';

  test.each([
    [{ temperature: 1.5 }, { temperature: 1 }],
    [{ stop: 'END' }, { stop_sequences: ['END'] }],
    [{ user: 'u' }, { metadata: { user_id: 'u' } }],
    [{ service_tier: 'default' }, { service_tier: 'standard_only' }],
    [{ max_completion_tokens: 9 }, { max_tokens: 9 }],
  ])('%j are sent under Anthropic’s names', (params, expected) => {
    expect(parsed(exchange(bare, { params, rules: RULES }))).toMatchObject(expected);
  });

  test('do not override what the client sent, even as null', () => {
    const body =
      '{"model":"m","max_tokens":1,"temperature":null,"stop_sequences":null,"messages":[{"role":"user","content":"a"}]}';
    const made = exchange(body, { params: { temperature: 0.5, stop: 'x', max_tokens: 7 }, modelId: 'm' });
    expect(sent(made)).toBe(body);
  });

  test.each([
    ['wire case 102: a model that takes none', bare, { rules: { ...RULES, sampling: false } }],
    ['wire case 103: a client of 2026-10-21', bare, { headers: { 'anthropic-version': '2026-10-21' } }],
    [
      'a request that thinks',
      '{"model":"m","thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"a"}]}',
      {},
    ],
  ])('no sampling is added for %s', (_, body, changes) => {
    const made = exchange(body, { rules: RULES, params: { temperature: 0.5 }, ...changes });
    expect(parsed(made)).not.toHaveProperty('temperature');
    expect(made.warnings).toEqual([{ code: 'parameter_dropped', detail: 'temperature' }]);
  });

  test('a temperature is not added to the client’s top_p', () => {
    const body = '{"model":"m","top_p":0.5,"messages":[{"role":"user","content":"a"}]}';
    expect(parsed(exchange(body, { params: { temperature: 0.5 } }))).not.toHaveProperty('temperature');
  });

  test('an effort is sent to a model that supports it', () => {
    const params = { reasoning_effort: 'low' };
    const knows = exchange(bare, { params, rules: { ...RULES, efforts: ['low', 'high'] } });
    expect(parsed(knows)).toMatchObject({ output_config: { effort: 'low' } });
    expect(exchange(bare, { params, rules: RULES }).warnings).toContainEqual({
      code: 'parameter_dropped',
      detail: 'reasoning_effort',
    });
  });

  test('wire case 101: the required limit is the model’s own, else assumed with a warning', () => {
    expect(parsed(exchange(bare, { rules: RULES }))).toMatchObject({ max_tokens: 64_000 });
    expect(parsed(exchange(bare, { rules: RULES, maxOutputTokens: 8 }))).toMatchObject({ max_tokens: 8 });
    const guessed = exchange(bare);
    expect(parsed(guessed)).toMatchObject({ max_tokens: 4096 });
    expect(guessed.warnings).toEqual([{ code: 'max_tokens_assumed', detail: '4096' }]);
  });

  test('unknown defaults are dropped with a warning', () => {
    expect(exchange(bare, { params: { seed: 1, max_tokens: 1 } }).warnings).toEqual([
      { code: 'parameter_dropped', detail: 'seed' },
    ]);
  });
});

describe('the unary reply', () => {
  const reply = {
    type: 'message',
    id: 'msg_1',
    model: 'c',
    content: [],
    stop_reason: 'end_turn',
    usage: { input_tokens: 2, output_tokens: 1 },
  };

  test('passes unchanged and is metered', () => {
    const body = fixture('llamacpp/messages-unary.json');
    const read = exchange(BODY).unary(body);
    expect(read.body).toBe(body);
    expect(read).toMatchObject({ model: 'smollm2-135m-tools', usage: { inputTokens: 24, outputTokens: 8 } });
  });

  test('wire cases 62, 63: its stop reason is made to match its calls, and nothing else changes', () => {
    const text =
      '{"id":"m","content":[{"type":"tool_use","id":"a","name":"f","input":{"n":1.0}}],"stop_reason": "end_turn",' +
      '"usage":{"input_tokens":1,"output_tokens":1}}';
    const { body } = exchange(BODY).unary(Buffer.from(text));
    expect(body.toString()).toBe(text.replace('end_turn', 'tool_use'));
    const none = exchange(BODY).unary(json({ ...reply, stop_reason: 'tool_use' }));
    expect(JSON.parse(none.body.toString())).toMatchObject({ stop_reason: 'end_turn' });
    const limit = json({
      ...reply,
      content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }],
      stop_reason: 'max_tokens',
    });
    expect(exchange(BODY).unary(limit).body).toBe(limit);
  });

  test('its signatures are found', () => {
    const content = [
      { type: 'thinking', thinking: '', signature: 'sig' },
      { type: 'redacted_thinking', data: 'red' },
      { type: 'text', text: 'a' },
    ];
    expect(exchange(BODY).unary(json({ ...reply, content })).signatures).toEqual(['sig', 'red']);
  });

  test.each([null, 7, 'text', {}, { type: 'text' }, { type: 'thinking' }, { type: 'tool_use', id: 'a' }])(
    'a reply with the invalid block %j is a fault',
    (block) => {
      const body = json({ ...reply, content: [{ type: 'text', text: 'a' }, block] });
      const run = (): unknown => exchange(BODY).unary(body);
      expect(run).toThrow(expect.objectContaining({ name: 'WireFault', kind: 'malformed' }));
    },
  );

  test('wire case 120: a block of an unknown type passes', () => {
    const body = json({ ...reply, content: [{ type: 'a_new_block' }, { type: 'text', text: '' }] });
    expect(exchange(BODY).unary(body).body).toBe(body);
  });

  test.each([
    ['malformed', 'no JSON'],
    ['malformed', '{"id":"x"}'],
    ['malformed', JSON.stringify({ ...reply, stop_reason: null })],
    ['error_event', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'],
  ])('%s: %s is rejected', (kind, body) => {
    const run = (): unknown => exchange(BODY).unary(Buffer.from(body));
    expect(run).toThrow(WireFault);
    expect(run).toThrow(expect.objectContaining({ kind }));
  });
});
