import { describe, expect, test } from 'vitest';
import { groqType } from '../../../../src/providers/groq/settings.ts';
import { ollamaType } from '../../../../src/providers/ollama/settings.ts';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../../src/providers/vllm/settings.ts';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import type { ScannedRequest } from '../../../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { json, openAt } from '../../../support/wire.ts';

type Message = Readonly<Record<string, unknown>>;

const system = (content: unknown): Message => ({ role: 'system', content });
const user = (content: unknown): Message => ({ role: 'user', content });
const assistant = (content: unknown): Message => ({ role: 'assistant', content });

function send(request: ScannedRequest, type = vllmType): { messages: Message[]; warnings: string[] } {
  const exchange = openAt(request, type.settings.endpoints);
  const { messages } = JSON.parse(exchange.body.toString()) as { messages: Message[] };
  return { messages, warnings: exchange.warnings.map(({ detail }) => detail) };
}

const fromOpenAi = (messages: readonly Message[], type = vllmType): ReturnType<typeof send> =>
  send(scanOpenAiChat(json({ model: 'm', messages })), type);

const AS_USER = 'messages (system turn sent as user turn)';
const ADDED = 'messages (user turn added at the beginning)';
const START = user('[Start of the conversation]');

describe('wire case 84: servers with chat templates get a user turn first', () => {
  test('the last of nothing but system texts is the request', () => {
    expect(fromOpenAi([system('Write a poem.')])).toEqual({
      messages: [user('Write a poem.')],
      warnings: [AS_USER],
    });
    expect(fromOpenAi([system('Be brief.'), { role: 'developer', content: 'Write.' }], ollamaType)).toEqual({
      messages: [system('Be brief.'), user('Write.')],
      warnings: [AS_USER],
    });
  });

  test('a conversation that the model begins gets an empty turn before it', () => {
    const greeting = [assistant('Hello! How can I help?'), user('Sing.')];
    expect(fromOpenAi(greeting)).toEqual({ messages: [START, ...greeting], warnings: [ADDED] });
    expect(fromOpenAi([system('Be brief.'), ...greeting])).toEqual({
      messages: [system('Be brief.'), START, ...greeting],
      warnings: [ADDED],
    });
    const ofClaude = scanMessages(json({ model: 'm', max_tokens: 9, messages: greeting }));
    expect(send(ofClaude)).toEqual({ messages: [START, ...greeting], warnings: [ADDED] });
  });

  test.each([openAiType, groqType])('servers without such templates get what the client sent', (type) => {
    for (const messages of [
      [system('Write.')],
      [assistant('Hello!'), user('Sing.')],
      [system(null), user('a')],
    ])
      expect(fromOpenAi(messages, type)).toEqual({ messages, warnings: [] });
  });
});

describe('wire case 84: turns without content that a template reads', () => {
  test.each([[null], [''], [[]], [undefined]])('system content %j is left out', (content) => {
    const turns = [user('a'), assistant('b'), user('c')];
    expect(fromOpenAi([system(content), ...turns])).toEqual({ messages: turns, warnings: [] });
    expect(fromOpenAi([...turns, system(content)])).toEqual({ messages: turns, warnings: [] });
  });

  test('a refusal is what the model has said, also beside another answer', () => {
    const refusal = { role: 'assistant', content: null, refusal: 'No.' };
    expect(fromOpenAi([user('a'), refusal, user('c')])).toEqual({
      messages: [user('a'), assistant('No.'), user('c')],
      warnings: [],
    });
    expect(fromOpenAi([user('a'), refusal, assistant('b'), user('c')]).messages).toEqual([
      user('a'),
      assistant('No.\nb'),
      user('c'),
    ]);
  });

  test('audio of the model is its transcript, or a word in its place', () => {
    const audio = { role: 'assistant', content: null, audio: { id: 'au_1', transcript: 'Hi.' } };
    const warnings = ['messages.audio (as text)'];
    expect(fromOpenAi([user('a'), audio, user('c')])).toEqual({
      messages: [user('a'), assistant('Hi.'), user('c')],
      warnings,
    });
    const unknown = { role: 'assistant', audio: { id: 'au_1' } };
    expect(fromOpenAi([user('a'), unknown, user('c')])).toEqual({
      messages: [user('a'), assistant('[audio]'), user('c')],
      warnings,
    });
  });

  test('the empty keys of an answer that a client sends back change nothing', () => {
    const answer = { role: 'assistant', content: 'b', refusal: null, audio: null, name: null };
    const body = json({ model: 'm', messages: [user('a'), answer, user('c')] });
    const request = scanOpenAiChat(body);
    expect(request.oddities).toBeUndefined();
    expect(openAt(request, vllmType.settings.endpoints, { modelId: 'm' }).body).toBe(body);
  });
});
