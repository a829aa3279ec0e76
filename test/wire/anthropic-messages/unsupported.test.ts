import { describe, expect, test } from 'vitest';
import { openExchange } from '../../../src/wire/open-exchange.ts';
import { readOpenAiChat } from '../../../src/wire/openai-chat/request.ts';
import { dialect, json, target } from '../../support/wire.ts';

const ANTHROPIC = dialect({ wire: 'anthropic-messages' });
const USER = { role: 'user', content: 'hi' };
const TOOLS = [{ type: 'function', function: { name: 'f' } }];
const CALL = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };

function open(body: object, params = {}): unknown {
  const request = readOpenAiChat(json({ max_tokens: 9, messages: [USER], ...body }));
  return openExchange(request, ANTHROPIC, target({ params }));
}

const error = (code: string, param: string): Error =>
  expect.objectContaining({ code, status: 400, options: { param } }) as Error;

describe('what the translation cannot carry yet is refused and named, never silently lost', () => {
  test.each([
    [{ tools: TOOLS }, 'tools'],
    [{ functions: [{ name: 'f' }] }, 'functions'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ response_format: { type: 'json_schema', json_schema: {} } }, 'response_format'],
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'alloy', format: 'mp3' } }, 'audio'],
    [{ reasoning_effort: 'high' }, 'reasoning_effort'],
    [{ web_search_options: {} }, 'web_search_options'],
    [
      { messages: [USER, { role: 'assistant', content: null, tool_calls: [CALL] }] },
      'messages[1].tool_calls',
    ],
    [
      { messages: [USER, { role: 'assistant', content: null, function_call: { name: 'f' } }] },
      'messages[1].function_call',
    ],
    [{ messages: [USER, { role: 'tool', tool_call_id: 'a', content: '1' }] }, 'messages[1].role'],
    [{ messages: [{ role: 'wizard', content: 'a' }] }, 'messages[0].role'],
    [
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'image_url', image_url: { url: 'data:,' } },
            ],
          },
        ],
      },
      'messages[0].content[1]',
    ],
    [
      { messages: [USER, USER, { role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
      'messages[2].content[0]',
    ],
  ])('%j', (body, param) => {
    expect(() => open(body)).toThrow(error('unsupported_parameter', param));
  });

  test('an operator’s default of that kind is dropped with a warning: the client did not ask for it', () => {
    expect(open({}, { reasoning_effort: 'high', seed: 7 })).toMatchObject({
      warnings: [
        { code: 'parameter_dropped', detail: 'reasoning_effort' },
        { code: 'parameter_dropped', detail: 'seed' },
      ],
    });
  });
});

test.each([
  [{ temperature: 'hot' }, 'temperature'],
  [{ stop: [1] }, 'stop'],
  [{ user: 5 }, 'user'],
  [{ messages: ['hi'] }, 'messages[0]'],
  [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: ['hi'] }] }, 'messages[0].content[0]'],
  [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
])('a value of a wrong type that has to be translated is named: %j', (body, param) => {
  expect(() => open(body)).toThrow(error('invalid_body', param));
});

test('a large body with a broken string, which the scan let pass, is told as invalid JSON', () => {
  const body = Buffer.from(`{"messages":[{"role":"user","content":"${'x'.repeat(20_000)}\\q"}]}`);
  expect(() => openExchange(readOpenAiChat(body), ANTHROPIC, target())).toThrow(
    expect.objectContaining({ code: 'invalid_json' }) as Error,
  );
});
