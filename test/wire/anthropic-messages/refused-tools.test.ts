import { describe, expect, test } from 'vitest';
import { anthropicCountTokensWire } from '../../../src/wire/anthropic-count-tokens/wire.ts';
import { scanMessages } from '../../../src/wire/anthropic-messages/scan.ts';
import type { Exchange } from '../../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, MESSAGES_ENDPOINT, openAt } from '../../support/wire.ts';

const HI = [{ role: 'user', content: 'hi' }];
const TEXT = { type: 'string' };
const ODD = { type: 'object', properties: { 'filter[id]': TEXT, b: TEXT }, required: ['filter[id]'] };
const UNION = { oneOf: [{ type: 'object', properties: { a: TEXT } }, { properties: { b: TEXT } }] };

interface Body {
  readonly tools: readonly {
    readonly input_schema: { readonly properties: object; readonly required?: string[] };
  }[];
  readonly messages: unknown;
}

function open(body: object): Exchange {
  const request = scanMessages(json({ model: 'm', max_tokens: 5, messages: HI, ...body }));
  return openAt(request, [MESSAGES_ENDPOINT], { modelId: 'm' });
}

function openTranslated(body: object): Exchange {
  const request = scanOpenAiChat(json({ model: 'm', messages: HI, max_tokens: 5, ...body }));
  return openAt(request, [MESSAGES_ENDPOINT], { modelId: 'm' });
}

function read({ body }: Exchange): Body {
  return JSON.parse([body].flat().join('')) as Body;
}

function sentKey(exchange: Exchange): string {
  const schema = read(exchange).tools[0]?.input_schema;
  const [key = ''] = Object.keys(schema?.properties ?? {});
  expect(key).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
  expect(schema?.required).toEqual([key]);
  return key;
}

/** A stream with one call, whose arguments come in pieces of three characters. */
function callStream(args: string): Buffer {
  const start = {
    type: 'message',
    role: 'assistant',
    id: 'msg_1',
    model: 'm',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const call = { type: 'tool_use', id: 'toolu_1', name: 'list', input: {} };
  const parts = args.match(/[^]{1,3}/g) ?? [];
  const events = [
    { type: 'message_start', message: start },
    { type: 'content_block_start', index: 0, content_block: call },
    ...parts.map((piece) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: piece },
    })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];
  return Buffer.from(
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
}

function relay(exchange: Exchange, bytes: Buffer): string {
  const stream = exchange.stream();
  const output = [stream.push(bytes), stream.end()].map((piece) => piece?.toString() ?? '').join('');
  expect(stream.state).toBe('complete');
  return output;
}

function pieces(output: string, key: string): string {
  const found = output.matchAll(new RegExp(`"${key}":("(?:[^"\\\\]|\\\\.)*")`, 'g'));
  return Array.from(found, ([, piece]) => JSON.parse(piece ?? '""') as string).join('');
}

function reply(key: string): Buffer {
  const input = `{"${key}":12345678901234567890,"b":"x"}`;
  return Buffer.from(
    `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"t","input":${input},"name":"list"}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
  );
}

describe('wire case 72: property names that Anthropic refuses are renamed, and the client gets its own back', () => {
  test('for a client of the Messages API', () => {
    const exchange = open({ tools: [{ name: 'list', input_schema: ODD }] });
    const key = sentKey(exchange);
    expect(exchange.warnings).toEqual([]);
    expect(pieces(relay(exchange, callStream(`{"${key}":1.0,"b":"x"}`)), 'partial_json')).toBe(
      '{"filter[id]":1.0,"b":"x"}',
    );
    expect(exchange.unary(reply(key)).body.toString()).toBe(reply('filter[id]').toString());
    expect(pieces(exchange.oneShot(reply(key)).body.toString(), 'partial_json')).toContain('"filter[id]"');
  });

  test('for a client of the chat API, whose earlier calls use the names of the schema', () => {
    const call = { id: 'c', type: 'function', function: { name: 'list', arguments: '{"filter[id]":7}' } };
    const messages = [
      ...HI,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c', content: 'x' },
    ];
    const tools = [{ type: 'function', function: { name: 'list', parameters: ODD } }];
    const exchange = openTranslated({ messages, tools, stream: true });
    const key = sentKey(exchange);
    expect(JSON.stringify(read(exchange).messages)).toContain(`"input":{"${key}":7}`);
    expect(pieces(relay(exchange, callStream(`{"${key}":1.0,"b":"x"}`)), 'arguments')).toBe(
      '{"filter[id]":1.0,"b":"x"}',
    );
    expect(exchange.unary(reply(key)).body.toString()).toContain('filter[id]');
  });

  test('other tools of the request stream piece by piece', () => {
    const tools = [
      { name: 'odd', input_schema: ODD },
      { name: 'list', input_schema: { type: 'object', properties: {} } },
    ];
    const bytes = callStream('{"b":"xyz"}');
    expect(relay(open({ tools }), bytes)).toBe(bytes.toString());
  });
});

test('wire case 73: alternatives at the top are merged with a warning, other bytes and the vendor’s tools pass', () => {
  const hosted = { type: 'web_search_20250305', name: 'web_search' };
  const exchange = open({
    tools: [
      hosted,
      { name: 'f', strict: true, input_schema: UNION },
      { name: 'g', input_schema: { type: 'object' } },
    ],
  });
  const merged = { type: 'object', properties: { a: TEXT, b: TEXT } };
  expect(read(exchange).tools).toEqual([
    hosted,
    { name: 'f', strict: false, input_schema: merged },
    { name: 'g', input_schema: { type: 'object' } },
  ]);
  expect(exchange.warnings).toEqual([
    { code: 'parameter_changed', detail: 'tools[1] (schema without oneOf at its top)' },
  ]);
});

test('wire case 73: the tokens of such tools can be counted', () => {
  const request = anthropicCountTokensWire.scan(
    json({ model: 'm', messages: HI, tools: [{ name: 'f', input_schema: UNION }] }),
  );
  const endpoint = { format: 'anthropic-count-tokens', path: '/', dialect: {} } as const;
  const exchange = openAt(request, [endpoint], { modelId: 'm' });
  expect(read(exchange).tools).toEqual([
    { name: 'f', input_schema: { type: 'object', properties: { a: TEXT, b: TEXT } } },
  ]);
});

test('wire case 77: ids of other models’ calls are replaced alike in call and result', () => {
  const turn = (id: string): object[] => [
    { role: 'assistant', content: [{ id, type: 'tool_use', name: 'f', input: {} }] },
    { role: 'user', content: [{ tool_use_id: id, type: 'tool_result', content: 'x' }] },
  ];
  const vendor = {
    role: 'assistant',
    content: [
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 's', input: {} },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
    ],
  };
  const messages = [...HI, ...turn('call_0'), ...turn('call_0'), ...turn('functions.read:0'), vendor];
  const ids = [
    ...JSON.stringify(read(open({ messages })).messages).matchAll(/"(?:tool_use_id|id)":"([^"]*)"/g),
  ].map(([, id]) => id);
  expect(ids.slice(0, 4)).toEqual(['call_0', 'call_0', 'call_0_2', 'call_0_2']);
  expect(ids[4]).toMatch(/^[a-zA-Z0-9_-]+$/);
  expect(ids.slice(5)).toEqual([ids[4], 'srvtoolu_1', 'srvtoolu_1']);
});

test('wire case 100: ordinary tools and calls leave the bytes as they are', () => {
  const bytes = json({
    model: 'm',
    max_tokens: 5,
    messages: [
      ...HI,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }] },
    ],
    tools: [{ name: 'f', input_schema: { type: 'object', properties: { 'a.b': TEXT } } }],
  });
  const request = scanMessages(bytes);
  expect(request.oddities).toBeUndefined();
  expect(openAt(request, [MESSAGES_ENDPOINT], { modelId: 'm' }).body).toBe(bytes);
});
