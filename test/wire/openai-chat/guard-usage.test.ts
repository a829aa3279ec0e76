import { describe, expect, test } from 'vitest';
import type { StreamRelay } from '../../../src/wire/exchange.ts';
import { openExchange } from '../../../src/wire/open-exchange.ts';
import { readOpenAiChat } from '../../../src/wire/openai-chat/request.ts';
import {
  chunk,
  dialect,
  DONE,
  event,
  FINISH,
  json,
  relay,
  ROLE,
  target,
  TEXT,
  USAGE,
} from '../../support/wire.ts';

/** The relay for a client that sent these stream options. */
function open(options: object | undefined, trustedStream: boolean, body: object = {}): StreamRelay {
  const request = readOpenAiChat(
    json({ messages: [{ role: 'user', content: 'hi' }], stream: true, stream_options: options, ...body }),
  );
  return openExchange(request, dialect({ trustedStream }), target()).stream();
}

const COUNTS = { inputTokens: 5, outputTokens: 7, cachedInputTokens: null, reasoningTokens: null };

describe.each([
  ['untrusted', false],
  ['trusted', true],
])('usage of a stream (%s)', (_name, trusted) => {
  test('wire cases 7, 40: the chunk that only Laneway asked for is read and taken out', () => {
    const stream = open(undefined, trusted);
    expect(relay(stream, [ROLE, TEXT, FINISH, USAGE, DONE]).output).toBe(ROLE + TEXT + FINISH + DONE);
    expect(stream.usage).toEqual(COUNTS);
  });

  test('wire case 41: a client that declined usage is not given any', () => {
    const stream = open({ include_usage: false }, trusted);
    expect(relay(stream, [ROLE, TEXT, FINISH + USAGE + DONE]).output).toBe(ROLE + TEXT + FINISH + DONE);
  });

  test('a client that asked gets it untouched', () => {
    const stream = open({ include_usage: true }, trusted);
    expect(relay(stream, [ROLE, TEXT, FINISH, USAGE, DONE]).output).toBe(ROLE + TEXT + FINISH + USAGE + DONE);
    expect(stream.usage).toEqual(COUNTS);
  });

  test('wire case 45: usage of null on other chunks passes', () => {
    const text = chunk({ content: 'a' }, null, { usage: null });
    const stream = open(undefined, trusted);
    expect(relay(stream, [ROLE, text, text, FINISH, USAGE, DONE]).output).toBe(
      ROLE + text + text + FINISH + DONE,
    );
    expect(stream.usage).toEqual(COUNTS);
  });

  test('wire case 43: Groq’s usage inside the finish chunk is read, and the chunk stays', () => {
    const finish = chunk({}, 'stop', {
      x_groq: { id: 'r', usage: { prompt_tokens: 5, completion_tokens: 7 } },
    });
    const stream = open(undefined, trusted);
    expect(relay(stream, [ROLE, TEXT, finish, DONE]).output).toBe(ROLE + TEXT + finish + DONE);
    expect(stream.usage).toEqual(COUNTS);
  });

  test('wire case 44: of a usage on every chunk the last one counts', () => {
    const text = chunk({ content: 'a' }, null, { usage: { prompt_tokens: 5, completion_tokens: 1 } });
    const finish = chunk({}, 'stop', { usage: { prompt_tokens: 5, completion_tokens: 7 } });
    const stream = open(undefined, trusted);
    relay(stream, [ROLE, text, finish, DONE]);
    expect(stream.usage).toEqual(COUNTS);
  });

  test('wire case 33: a usage chunk that leaves its choices out is taken out too', () => {
    const stream = open(undefined, trusted);
    const bare = event({ usage: { prompt_tokens: 5, completion_tokens: 7 } });
    expect(relay(stream, [ROLE, TEXT, FINISH, bare, DONE]).output).toBe(ROLE + TEXT + FINISH + DONE);
    expect(stream.usage).toEqual(COUNTS);
  });
});

test('counts come from llama-server’s timings where no usage is told', () => {
  const stream = open(undefined, false);
  relay(stream, [
    ROLE,
    TEXT,
    chunk({}, 'stop', { timings: { cache_n: 3, prompt_n: 9, predicted_n: 6 } }),
    DONE,
  ]);
  expect(stream.usage).toEqual({
    inputTokens: 12,
    outputTokens: 6,
    cachedInputTokens: 3,
    reasoningTokens: null,
  });
});

test('usage that the upstream garbles is unknown, not 0', () => {
  const stream = open(undefined, false);
  relay(stream, [ROLE, TEXT, chunk({}, 'stop', { usage: { total_tokens: 9 } }), DONE]);
  expect(stream.usage).toBeNull();
});

test('wire case 32: a trusted stream of several choices is read event by event, so that a cut one is seen', () => {
  const second = chunk({ content: 'b' }, null, {}, 1);
  const chunks = [ROLE, TEXT, second, FINISH, DONE];
  expect(relay(open(undefined, true, { n: 2 }), chunks).fault).toBe('cut');
});
