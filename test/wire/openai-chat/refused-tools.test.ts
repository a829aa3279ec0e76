import { expect, test } from 'vitest';
import type { OpenAiChatFacts } from '../../../src/wire/openai-chat/dialect.ts';
import { scanMessages } from '../../../src/wire/anthropic-messages/scan.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, openAiEndpoint, openAt } from '../../support/wire.ts';

const OPENAI: OpenAiChatFacts = {
  schemas: {
    refusedAtTop: ['oneOf', 'anyOf', 'allOf', 'enum', 'not'],
    needsProperties: true,
    keyLength: null,
  },
  callIds: { maxLength: 40 },
};
const HI = [{ role: 'user', content: 'hi' }];
const EMPTY = { type: 'object', properties: {} };

interface Sent {
  readonly text: string;
  readonly body: { readonly tools: unknown; readonly messages: unknown; readonly functions: unknown };
  readonly warnings: string[];
}

function send(body: object | string, facts = OPENAI): Sent {
  const bytes = typeof body === 'string' ? Buffer.from(body) : json({ model: 'm', messages: HI, ...body });
  const exchange = openAt(scanOpenAiChat(bytes), [openAiEndpoint(facts)], { modelId: 'm' });
  return sent(exchange);
}

function sent(exchange: ReturnType<typeof openAt>): Sent {
  const text = [exchange.body].flat().join('');
  const warnings = exchange.warnings.map(({ code, detail }) => `${code}=${detail}`);
  return { text, body: JSON.parse(text) as Sent['body'], warnings };
}

function tool(more: object): object {
  return { type: 'function', function: { name: 'f', ...more } };
}

test.each([[{}], [{ parameters: null }], [{ parameters: {} }], [{ parameters: { type: 'object' } }]])(
  'wire case 73: a tool without arguments, written as %j, is accepted',
  (more) => {
    const { body, warnings } = send({ tools: [tool(more)], functions: [{ name: 'g', ...more }] });
    expect(body.tools).toEqual([tool({ parameters: EMPTY })]);
    expect(body.functions).toEqual([{ name: 'g', parameters: EMPTY }]);
    expect(warnings).toEqual([]);
  },
);

test('wire case 73: only the refused schema changes, and the tool is no longer strict', () => {
  const kept =
    '{ "type":"function", "function":{"name":"a","parameters":{"type":"object","properties":{"x":{"maximum":1.0}}}} }';
  const union = '{"anyOf":[{"type":"object","properties":{"y":{"maximum":2.0}}}]}';
  const { text, warnings } = send(
    `{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[${kept},{"type":"function","function":{"strict":true,"parameters":${union},"name":"b"}}]}`,
  );
  expect(text).toContain(
    `[${kept},{"type":"function","function":{"strict":false,"parameters":{"type":"object","properties":{"y":{"maximum":2.0}}},"name":"b"}}]`,
  );
  expect(warnings).toEqual(['parameter_changed=tools[1] (schema without anyOf at its top)']);
});

test('wire case 73: tools of the vendor and custom tools have no schema to complete', () => {
  const tools = [{ type: 'custom', custom: { name: 'c' } }, { type: 'web_search' }, 'odd'];
  expect(send({ tools }).body.tools).toEqual(tools);
});

test('wire case 100: a server that accepts such schemas and ids gets the client’s bytes', () => {
  const id = 'functions.read:0'.repeat(4);
  const calls = { role: 'assistant', tool_calls: [{ id, function: { name: 'f', arguments: '{}' } }] };
  const bytes = json({ model: 'm', messages: [...HI, calls], tools: [tool({ parameters: { oneOf: [] } })] });
  const exchange = openAt(scanOpenAiChat(bytes), [openAiEndpoint({ schemas: null })], { modelId: 'm' });
  expect(exchange.body).toBe(bytes);
});

function turn(id: string): object[] {
  return [
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: id, content: 'x' },
  ];
}

test('wire case 77: ids of another model’s calls are replaced alike in call and result', () => {
  const long = `call_${'x'.repeat(200)}`;
  const messages = [...HI, ...turn(long), ...turn('functions.read:0'), ...turn('call_0'), ...turn('call_0')];
  const first = send({ messages });
  const ids = [...first.text.matchAll(/"(?:tool_call_id|id)":"([^"]*)"/g)].map(([, id]) => id ?? '');
  expect(ids).toHaveLength(8);
  for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
  for (let index = 0; index < 8; index += 2) expect(ids[index]).toBe(ids[index + 1]);
  expect(new Set(ids).size).toBe(4);
  // A longer conversation begins with the same bytes, so the upstream's prefix cache is used.
  const later = send({ messages: [...messages, ...turn('call_0'), ...HI] });
  const end = first.text.indexOf(']', first.text.lastIndexOf('"tool_call_id"'));
  expect(later.text.slice(0, end)).toBe(first.text.slice(0, end));
});

test('wire case 77: ids that a Messages client sends are replaced for OpenAI too', () => {
  const id = `toolu_${'x'.repeat(60)}`;
  const messages = [
    ...HI,
    { role: 'assistant', content: [{ type: 'tool_use', id, name: 'f', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'x' }] },
  ];
  const tools = [{ name: 'f', input_schema: { type: 'object', oneOf: [] }, strict: true }];
  const request = scanMessages(json({ model: 'm', max_tokens: 5, messages, tools }));
  const { text, body, warnings } = sent(openAt(request, [openAiEndpoint(OPENAI)]));
  const ids = [...text.matchAll(/"(?:tool_call_id|id)":"([^"]*)"/g)].map(([, found]) => found);
  expect(ids[0]).toMatch(/^toolu_x{21}_[0-9a-f]{12}$/);
  expect(ids).toEqual([ids[0], ids[0]]);
  expect(body.tools).toEqual([tool({ parameters: EMPTY, strict: false })]);
  expect(warnings).toEqual(['parameter_changed=tools[0] (schema without oneOf at its top)']);
});
