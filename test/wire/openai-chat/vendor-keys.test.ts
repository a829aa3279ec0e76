import { describe, expect, test } from 'vitest';
import { groqType } from '../../../src/providers/groq/settings.ts';
import { openAiCompatibleType } from '../../../src/providers/openai-compatible/settings.ts';
import { openAiType } from '../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../src/providers/vllm/settings.ts';
import type { TargetRequest } from '../../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, openAt } from '../../support/wire.ts';

type Message = Readonly<Record<string, unknown>>;

const FUNCTION = { name: 'f', arguments: '{}' };
const call = (id: string, more: object = {}): object => ({
  id,
  type: 'function',
  function: FUNCTION,
  ...more,
});
const results = (...ids: string[]): Message[] =>
  ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'ok' }));
const extra = (thought_signature: string): object => ({ extra_content: { google: { thought_signature } } });
const PLACEHOLDER = extra('skip_thought_signature_validator');

function send(
  turns: readonly Message[],
  type = openAiCompatibleType,
  wanted: Partial<TargetRequest> = {},
): { turns: readonly Message[]; warnings: readonly string[]; isSame: boolean } {
  const request = scanOpenAiChat(
    json({ model: wanted.modelId, messages: [{ role: 'user', content: '?' }, ...turns] }),
  );
  const { body, warnings } = openAt(request, type.settings.endpoints, wanted);
  const { messages } = JSON.parse(body.toString()) as { messages: Message[] };
  return {
    turns: messages.slice(1),
    warnings: warnings.map(({ code, detail }) => `${code}=${detail}`),
    isSame: body === request.body,
  };
}

describe('wire case 204: Gemini gets calls of an OpenAI client', () => {
  const gemini = { modelId: 'gemini-3-pro' };
  const LOST = 'call_state_lost=gemini-3-pro';
  const turn = (...calls: object[]): Message => ({ role: 'assistant', content: null, tool_calls: calls });

  test('of another model with its placeholder for the state, on the first call of each turn', () => {
    const given = [turn(call('1'), call('2')), ...results('1', '2'), turn(call('3')), ...results('3')];
    expect(send(given, openAiCompatibleType, gemini)).toMatchObject({
      turns: [
        turn(call('1', PLACEHOLDER), call('2')),
        ...results('1', '2'),
        turn(call('3', PLACEHOLDER)),
        ...results('3'),
      ],
      warnings: [LOST],
    });
  });

  test('of its own with the state that the client sends, as the same bytes', () => {
    const given = [turn(call('1', extra('CrIC+/==')), call('2')), ...results('1', '2')];
    expect(send(given, openAiCompatibleType, gemini)).toMatchObject({ warnings: [], isSame: true });
  });

  test('with the placeholder in place of a null', () => {
    const given = [turn(call('1', { extra_content: null })), ...results('1')];
    expect(send(given, openAiCompatibleType, gemini).turns[0]).toEqual(turn(call('1', PLACEHOLDER)));
  });

  test('of its own with the state that Laneway still knows, if the client has dropped it', () => {
    const known = { target: 'g/gemini-3-pro', state: JSON.stringify(extra('S')).slice(17, -1) };
    const callStates = { target: 'g/gemini-3-pro', byCall: new Map([['1', known]]) };
    const given = [turn(call('1')), ...results('1')];
    expect(send(given, openAiCompatibleType, { ...gemini, callStates })).toMatchObject({
      turns: [turn(call('1', extra('S'))), ...results('1')],
      warnings: [],
    });
  });

  test.each(['gemini-2.5-pro', 'deepseek-chat'])('as they are for %s, which requires no state', (modelId) => {
    const given = [turn(call('1')), ...results('1')];
    expect(send(given, openAiCompatibleType, { modelId })).toMatchObject({ warnings: [], isSame: true });
  });
});

describe('wire case 204: keys that another vendor has put into the history', () => {
  const own = { provider_specific_fields: { a: 1 } };
  const echo: Message = {
    reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }],
    role: 'assistant',
    content: 'b',
    ...own,
    tool_calls: [
      { ...extra('S'), id: '1', type: 'function', function: { ...own, ...FUNCTION }, ...own },
      call('2', extra('T')),
    ],
  };
  const DROPPED = [
    'reasoning_details',
    'provider_specific_fields',
    'tool_calls.extra_content',
    'tool_calls.provider_specific_fields',
  ].map((name) => `parameter_dropped=messages.${name}`);

  test.each([openAiType, groqType])('are left out for a server that checks every key', (type) => {
    const { turns, warnings } = send([echo, ...results('1', '2')], type, { modelId: 'm' });
    expect(turns).toEqual([
      { role: 'assistant', content: 'b', tool_calls: [call('1'), call('2')] },
      ...results('1', '2'),
    ]);
    expect(warnings.toSorted()).toEqual(DROPPED.toSorted());
  });

  test('pass to other servers, which may read them', () => {
    for (const type of [vllmType, openAiCompatibleType]) {
      const given = [echo, ...results('1', '2')];
      expect(send(given, type, { modelId: 'm' })).toMatchObject({ turns: given, warnings: [], isSame: true });
    }
  });

  test('leave a call without any key but theirs empty', () => {
    const { turns } = send([{ role: 'assistant', content: 'b', tool_calls: [own] }], openAiType);
    expect(turns).toEqual([{ role: 'assistant', content: 'b', tool_calls: [{}] }]);
  });
});
