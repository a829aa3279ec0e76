import { describe, expect, test } from 'vitest';
import { decodeMessagesRequest } from '../../../../src/wire/anthropic-messages/decode/request.ts';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import { encode } from '../../../support/openai-upstream.ts';
import { json } from '../../../support/wire.ts';

/** What an OpenAI server gets as the result of a call, and the warnings of the decoder. */
function resultOf(content: unknown): { readonly text: unknown; readonly warnings: readonly string[] } {
  const call = { type: 'tool_use', id: 'call_1', name: 'ToolSearch', input: {} };
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: [call] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content }] },
  ];
  const { request, warnings } = decodeMessagesRequest(scanMessages(json({ messages })), {});
  const sent = encode(request).messages as readonly { role: string; content: unknown }[];
  return {
    text: sent.find(({ role }) => role === 'tool')?.content,
    warnings: warnings.map(({ code, detail }) => `${code}=${detail}`),
  };
}

const reference = (name: string): object => ({ type: 'tool_reference', tool_name: name });

describe('wire case 244: a tool result that only has references', () => {
  test('to tools names them to a model of another API', () => {
    expect(resultOf([reference('get_weather'), reference('clock')])).toEqual({
      text: 'Found the tool get_weather, which can be called now.\nFound the tool clock, which can be called now.',
      warnings: [],
    });
  });

  test.each(['web_search_result', 'code_execution_output', 'block_of_tomorrow'])(
    'of the type %s, unknown elsewhere, is not an empty result, and a warning',
    (type) => {
      expect(resultOf([{ type, url: 'https://example.com' }])).toEqual({
        text: 'The tool returned a result that cannot be shown here.',
        warnings: [`parameter_dropped=${type}`],
      });
    },
  );

  test('keeps its text, if it has some, and an empty result stays empty', () => {
    expect(resultOf([reference('clock'), { type: 'text', text: 'found' }]).text).toContain('found');
    expect(resultOf([{ type: 'text', text: '' }])).toEqual({ text: '', warnings: [] });
    expect(resultOf([])).toEqual({ text: '', warnings: [] });
  });
});
