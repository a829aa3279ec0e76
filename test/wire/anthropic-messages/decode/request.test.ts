import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../../src/protocol/chat.ts';
import { GatewayError } from '../../../../src/protocol/errors.ts';
import { decodeMessagesRequest } from '../../../../src/wire/anthropic-messages/decode/request.ts';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import type { DecodedRequest } from '../../../../src/wire/codec.ts';
import { json } from '../../../support/wire.ts';

const USER = { role: 'user', content: 'hi' };
const TOOL = { name: 'look', description: 'Looks.', input_schema: { type: 'object', properties: {} } };

function decode(body: object, params: Record<string, unknown> = {}): DecodedRequest<'chat'> {
  return decodeMessagesRequest(scanMessages(json({ messages: [USER], ...body })), params);
}

const request = (body: object, params: Record<string, unknown> = {}): ChatRequest =>
  decode(body, params).request;

const text = (value: string, cache: unknown = null): object => ({ type: 'text', text: value, cache });

function refusal(body: object): { code: string; param: string | undefined; message: string } {
  try {
    decode(body);
  } catch (error) {
    if (error instanceof GatewayError) {
      return { code: error.code, param: error.options.param, message: error.message };
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('wire case 134: system prompts', () => {
  test('a string becomes the first turn', () => {
    expect(request({ system: 'Be brief.' }).messages).toEqual([
      { role: 'system', parts: [text('Be brief.')] },
      { role: 'user', parts: [text('hi')] },
    ]);
  });

  test('blocks stay separate, the attribution first, with their cache breakpoints', () => {
    const system = [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=1' },
      { type: 'text', text: 'You are…', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ];
    expect(request({ system }).messages[0]).toEqual({
      role: 'system',
      parts: [text('x-anthropic-billing-header: cc_version=1'), text('You are…', { ttl: '1h' })],
    });
  });

  test('system turns keep their position', () => {
    const messages = [USER, { role: 'system', content: 'Now in French.' }, USER];
    expect(request({ messages }).messages.map(({ role }) => role)).toEqual(['user', 'system', 'user']);
  });
});

describe('turns', () => {
  test('wire case 135: tool results come before the user’s content', () => {
    const content = [
      { type: 'text', text: 'and?' },
      { type: 'tool_result', tool_use_id: 'a', content: 'one' },
      { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'two' }], is_error: true },
    ];
    expect(request({ messages: [{ role: 'user', content }] }).messages[0]?.parts).toEqual([
      { type: 'tool-result', callId: 'a', content: [text('one')], isError: false, cache: null },
      { type: 'tool-result', callId: 'b', content: [text('two')], isError: true, cache: null },
      text('and?'),
    ]);
  });

  test('wire case 136: an image inside a result is kept', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'AA\nAA' };
    const content = [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source }] }];
    expect(request({ messages: [{ role: 'user', content }] }).messages[0]?.parts[0]).toMatchObject({
      content: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } }],
    });
  });

  test('documents: base64, URL, plain text, blocks', () => {
    const sources = [
      { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
      { type: 'url', url: 'https://x.test/a.pdf' },
      { type: 'text', media_type: 'text/plain', data: 'Grüße' },
      { type: 'content', content: [{ type: 'text', text: 'inside' }] },
    ];
    const content = sources.map((source) => ({ type: 'document', title: 'T', source }));
    expect(request({ messages: [{ role: 'user', content }] }).messages[0]?.parts).toEqual([
      doc({ kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }),
      doc({ kind: 'url', url: 'https://x.test/a.pdf' }),
      doc({ kind: 'base64', mediaType: 'text/plain', data: Buffer.from('Grüße').toString('base64') }),
      text('T'),
      text('inside'),
    ]);
  });

  const doc = (source: object): object => ({ type: 'document', source, name: 'T', cache: null });

  test.each([
    { type: 'image', source: { type: 'file', file_id: 'file_1' } },
    { type: 'document', source: { type: 'file', file_id: 'file_1' } },
    { type: 'container_upload', file_id: 'file_1' },
  ])('a file stored at the vendor is rejected', (block) => {
    const told = refusal({ messages: [{ role: 'user', content: [block] }] });
    expect(told.code).toBe('unsupported_parameter');
    expect(told.param).toMatch(/^messages\[0\]\.content\[0\]/);
  });

  test('wire cases 108, 110: thinking keeps its signature, even without text; redacted thinking its data', () => {
    const content = [
      { type: 'thinking', thinking: '', signature: 'sig' },
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'redacted_thinking', data: 'xx' },
      { type: 'tool_use', id: 'toolu_1', name: 'look', input: { a: 1 } },
    ];
    expect(request({ messages: [USER, { role: 'assistant', content }] }).messages[1]?.parts).toEqual([
      { type: 'thinking', text: '', signature: 'sig' },
      { type: 'thinking', text: 'hm', signature: null },
      { type: 'redacted-thinking', data: 'xx' },
      { type: 'tool-call', id: 'toolu_1', name: 'look', arguments: '{"a":1}', cache: null },
    ]);
  });

  test('wire case 99: numbers in a tool’s input are not rounded', () => {
    const body = `{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{"id":12345678901234567890,"x":1.0}}]}],"temperature":1.0}`;
    const { request: decoded } = decodeMessagesRequest(scanMessages(Buffer.from(body)), {});
    expect(decoded.messages[0]?.parts[0]).toMatchObject({ arguments: '{"id":12345678901234567890,"x":1.0}' });
    expect(decoded.temperature).toBe(1);
  });

  test('wire case 120: blocks of the vendor’s own tools are dropped with a warning', () => {
    const content = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
      { type: 'text', text: 'It rains.' },
    ];
    const { request: decoded, warnings } = decode({ messages: [USER, { role: 'assistant', content }, USER] });
    expect(decoded.messages[1]?.parts).toEqual([text('It rains.')]);
    expect(warnings).toEqual([
      { code: 'parameter_dropped', detail: 'server_tool_use, web_search_tool_result' },
    ]);
  });

  test('empty text is dropped, and its turn if it is empty then', () => {
    const messages = [USER, { role: 'assistant', content: [{ type: 'text', text: '' }] }, USER];
    expect(request({ messages }).messages).toHaveLength(2);
  });

  test.each([
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 4 }] }],
    ['messages[0].content[0].text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }],
    ['messages[0].content[0].id', { messages: [{ role: 'assistant', content: [{ type: 'tool_use' }] }] }],
  ])('the error for a wrong shape names its path: %s', (param, body) => {
    expect(refusal(body)).toMatchObject({ code: 'invalid_body', param });
  });
});

describe('wire case 137: tools', () => {
  const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 5 };

  test('client tools are translated, with type custom or without a type', () => {
    const tools = [
      TOOL,
      { ...TOOL, type: 'custom', name: 'b', strict: true, cache_control: { type: 'ephemeral' } },
    ];
    expect(request({ tools }).tools).toEqual([
      { name: 'look', description: 'Looks.', parameters: TOOL.input_schema, strict: null, cache: null },
      { name: 'b', description: 'Looks.', parameters: TOOL.input_schema, strict: true, cache: { ttl: null } },
    ]);
  });

  test('Anthropic’s own tools among others are dropped with a warning', () => {
    const { request: decoded, warnings } = decode({ tools: [TOOL, search], tool_choice: { type: 'auto' } });
    expect(decoded.tools).toHaveLength(1);
    expect(warnings).toEqual([{ code: 'parameter_dropped', detail: 'tools.web_search' }]);
  });

  test.each([
    ['alone', { tools: [search] }],
    ['forced', { tools: [TOOL, search], tool_choice: { type: 'tool', name: 'web_search' } }],
  ])('%s they are rejected in the wording that Claude Code recognizes', (_, body) => {
    const told = refusal(body);
    expect(told.code).toBe('unsupported_parameter');
    expect(told.message).toContain("Input tag 'web_search_20250305' found using 'type' does not match");
  });

  test.each([
    [{ type: 'any' }, { type: 'required' }, null],
    [{ type: 'auto', disable_parallel_tool_use: true }, { type: 'auto' }, false],
    [{ type: 'tool', name: 'look', disable_parallel_tool_use: false }, { type: 'tool', name: 'look' }, true],
    [{ type: 'none' }, { type: 'none' }, null],
  ])('choice %j', (choice, toolChoice, parallelTools) => {
    expect(request({ tools: [TOOL], tool_choice: choice })).toMatchObject({ toolChoice, parallelTools });
  });

  test('wire case 78: a choice without tools is dropped', () => {
    expect(request({ tools: [], tool_choice: { type: 'any' } })).toMatchObject({
      tools: [],
      toolChoice: null,
    });
  });
});

describe('wire case 133: fields specific to Anthropic', () => {
  test('are dropped with one warning', () => {
    const { warnings } = decode({
      context_management: { edits: [] },
      mcp_servers: [],
      container: null,
      x: 1,
    });
    expect(warnings).toEqual([{ code: 'parameter_dropped', detail: 'context_management, mcp_servers, x' }]);
  });

  test.each([
    [
      { thinking: { type: 'enabled', budget_tokens: 2048 } },
      { effort: null, budgetTokens: 2048, display: null },
    ],
    [{ thinking: { type: 'disabled' } }, { effort: 'none', budgetTokens: null, display: null }],
    [{ thinking: { type: 'adaptive' } }, null],
    [
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'xhigh' } },
      { effort: 'xhigh', budgetTokens: null, display: 'summarized' },
    ],
    [{ output_config: { effort: 'low' } }, { effort: 'low', budgetTokens: null, display: null }],
  ])('thinking %j', (body, reasoning) => {
    expect(request(body).reasoning).toEqual(reasoning);
  });

  test.each(['output_config', 'output_format'])('a schema in %s', (place) => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const body = place === 'output_config' ? { output_config: { format } } : { output_format: format };
    expect(request(body).format).toMatchObject({ type: 'json-schema', schema: { type: 'object' } });
  });
});

describe('parameters', () => {
  test('are translated to their neutral names', () => {
    const body = {
      max_tokens: 5,
      temperature: 0.2,
      top_p: 0.9,
      top_k: 3,
      stop_sequences: ['END'],
      metadata: { user_id: 'u' },
      service_tier: 'standard_only',
      stream: true,
    };
    expect(request(body)).toMatchObject({
      maxOutputTokens: 5,
      temperature: 0.2,
      topP: 0.9,
      topK: 3,
      stop: ['END'],
      user: 'u',
      serviceTier: 'default',
      stream: true,
    });
  });

  test('defaults, named as in OpenAI chat, fill in missing fields', () => {
    const params = {
      temperature: 0.1,
      max_completion_tokens: 7,
      stop: 'X',
      reasoning_effort: 'low',
      user: 'd',
    };
    expect(request({}, params)).toMatchObject({
      temperature: 0.1,
      maxOutputTokens: 7,
      stop: ['X'],
      reasoning: { effort: 'low' },
      user: 'd',
    });
  });

  test('other defaults are left to the encoder of the upstream’s wire', () => {
    const { warnings } = decode(
      {},
      { seed: 1, response_format: { type: 'json_object' }, service_tier: 'auto' },
    );
    expect(warnings).toEqual([{ code: 'parameter_dropped', detail: 'response_format' }]);
    expect(request({}, { service_tier: 'default' }).serviceTier).toBe('default');
  });

  test('wire case 80: a null counts as absent and suppresses the default', () => {
    const nulls = { temperature: null, max_tokens: null, stop_sequences: null, thinking: null, system: null };
    const decoded = request(nulls, { temperature: 0.1, max_tokens: 7, stop: 'X', reasoning_effort: 'low' });
    expect(decoded).toMatchObject({ temperature: null, maxOutputTokens: null, stop: [], reasoning: null });
  });

  test.each(['temperature', 'max_tokens', 'stop_sequences', 'thinking'])(
    '%s of a wrong type is rejected by name',
    (name) => {
      expect(refusal({ [name]: [{}] })).toMatchObject({ code: 'invalid_body', param: name });
    },
  );
});
