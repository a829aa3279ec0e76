import { expect, test } from 'vitest';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { USER } from '../../support/openai-client.ts';
import { json } from '../../support/wire.ts';

const signed = (signature: unknown): object => ({ type: 'thinking', thinking: 'hmmm', signature });
const assistant = (...thinking_blocks: unknown[]): object => ({
  role: 'assistant',
  content: 'a',
  thinking_blocks,
});

function read(...messages: object[]): ReturnType<typeof scanOpenAiChat> {
  return scanOpenAiChat(json({ messages: [USER, ...messages] }));
}

test('wire case 204: signatures and redacted data of earlier thinking are read in order', () => {
  const request = read(
    assistant(signed('s1"é'), { type: 'redacted_thinking', data: 'xx' }),
    USER,
    assistant(signed('s2')),
  );
  expect(request.signatures).toEqual(['s1"é', 'xx', 's2']);
  expect(read({ role: 'assistant', content: 'a', reasoning_content: 'hm' }).signatures).toEqual([]);
});

test('blocks of odd shapes are left to the decoder', () => {
  expect(read(assistant(null, 5, signed(null), signed(''), signed({ a: 1 }))).signatures).toEqual([]);
  expect(read({ role: 'assistant', content: 'a', thinking_blocks: 'x' }).signatures).toEqual([]);
});

test('only the newest 64 of a long conversation are kept', () => {
  const { signatures } = read(...Array.from({ length: 70 }, (_, index) => assistant(signed(`s${index}`))));
  expect([signatures.length, signatures[0], signatures.at(-1)]).toEqual([64, 's6', 's69']);
});

test('signed thinking counts as text', () => {
  const bare = read(assistant()).facts.estimatedTokens;
  expect(read(assistant(...Array.from({ length: 10 }, () => signed('s')))).facts.estimatedTokens).toBe(
    bare + 10,
  );
});
