import { describe, expect, test } from 'vitest';
import { openAiType } from '../../../src/providers/openai/settings.ts';
import { ollamaType } from '../../../src/providers/ollama/settings.ts';
import { vllmType } from '../../../src/providers/vllm/settings.ts';
import { scanMessages } from '../../../src/wire/anthropic-messages/scan.ts';
import type { ScannedRequest } from '../../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, MESSAGES_ENDPOINT, openAt } from '../../support/wire.ts';

const LINE = 'x-anthropic-billing-header: cc_version=2.1.177.01c; cc_entrypoint=cli; cch=36ee5;';
const PROMPT = 'You are Claude Code.';
const HI = { role: 'user', content: 'hi' };
const block = (text: string): object => ({ type: 'text', text });

function sent(request: ScannedRequest, type = ollamaType): unknown {
  const exchange = openAt(request, type.settings.endpoints);
  expect(exchange.warnings).toEqual([]);
  return (JSON.parse(exchange.body.toString()) as { messages: unknown }).messages;
}

const anthropic = (system: unknown): ScannedRequest =>
  scanMessages(json({ model: 'm', max_tokens: 9, system, messages: [HI] }));
const openAi = (content: unknown, role = 'system'): ScannedRequest =>
  scanOpenAiChat(json({ model: 'm', messages: [{ role, content }, HI] }));

describe('wire case 134: Claude Code’s billing line does not spoil the prefix cache of another vendor', () => {
  test('its block is left out in translations', () => {
    for (const type of [ollamaType, openAiType])
      expect(sent(anthropic([block(LINE), block(PROMPT)]), type)).toEqual([
        { role: 'system', content: PROMPT },
        HI,
      ]);
  });

  test('a system prompt that only starts with it loses only that line', () => {
    expect(sent(anthropic(`${LINE}\n\n${PROMPT}`))).toEqual([{ role: 'system', content: PROMPT }, HI]);
  });

  test('a system prompt of nothing else is left out', () => {
    expect(sent(anthropic(LINE))).toEqual([HI]);
    expect(sent(openAi(LINE))).toEqual([HI]);
  });

  test('it is left out where a proxy has put it into an OpenAI request', () => {
    expect(sent(openAi(`${LINE}\n${PROMPT}`))).toEqual([{ role: 'system', content: PROMPT }, HI]);
    const blocks = openAi([block(LINE), block(PROMPT)]);
    expect(sent(blocks)).toEqual([{ role: 'system', content: PROMPT }, HI]);
    expect(sent(blocks, vllmType)).toEqual([{ role: 'system', content: [block(PROMPT)] }, HI]);
  });

  test('white space before it changes nothing', () => {
    for (const white of ['\n', ' ', '\r\n\t']) {
      const expected = [{ role: 'system', content: PROMPT }, HI];
      expect(sent(anthropic([block(white + LINE), block(PROMPT)]))).toEqual(expected);
      expect(sent(openAi(`${white}${LINE}\n${PROMPT}`))).toEqual(expected);
    }
    const other = `\nExplain this: ${LINE}`;
    expect(sent(openAi(other))).toEqual([{ role: 'system', content: other }, HI]);
  });

  test('a user who asks about it keeps the words', () => {
    expect(sent(openAi(LINE, 'user'), openAiType)).toEqual([{ role: 'user', content: LINE }, HI]);
  });

  test('Anthropic gets it byte for byte', () => {
    const request = anthropic([block(LINE), block(PROMPT)]);
    expect(openAt(request, [MESSAGES_ENDPOINT], { modelId: 'm' }).body).toBe(request.body);
  });
});
