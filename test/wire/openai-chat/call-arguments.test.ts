import { describe, expect, test } from 'vitest';
import { openAiType } from '../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../src/providers/vllm/settings.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, openAt } from '../../support/wire.ts';

interface Sent {
  readonly messages: readonly {
    readonly tool_calls?: readonly { readonly function: object }[];
    readonly function_call?: object;
  }[];
}

const FUNCTION = { name: 'f' };

function sent(args: unknown, type = vllmType): { sent: Sent; isSame: boolean } {
  const of = { ...FUNCTION, arguments: args };
  const messages = [
    { role: 'user', content: '?' },
    { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: of }] },
    { role: 'tool', tool_call_id: 'c1', content: 'ok' },
    { role: 'assistant', content: null, function_call: of },
    { role: 'function', name: 'f', content: 'ok' },
  ];
  const request = scanOpenAiChat(json({ model: 'm', messages }));
  const exchange = openAt(request, type.settings.endpoints, { modelId: 'm' });
  expect(exchange.warnings).toEqual([]);
  return { sent: JSON.parse(exchange.body.toString()) as Sent, isSame: exchange.body === request.body };
}

describe('wire case 65: arguments in the history between equal wires', () => {
  test.each([
    ['', '{}'],
    [' \n', '{}'],
    ['null', '{}'],
    [null, '{}'],
    [{ b: [1, '"'] }, '{"b":[1,"\\""]}'],
  ])('%j is sent as %j, which every server can parse', (given, wanted) => {
    for (const type of [vllmType, openAiType]) {
      const { messages } = sent(given, type).sent;
      expect(messages[1]?.tool_calls?.[0]?.function).toEqual({ ...FUNCTION, arguments: wanted });
      expect(messages[3]?.function_call).toEqual({ ...FUNCTION, arguments: wanted });
    }
  });

  test.each(['{}', '{"a":1}', '{"a":', 'ls -l'])('%j passes as the same bytes', (given) => {
    expect(sent(given).isSame).toBe(true);
  });
});
