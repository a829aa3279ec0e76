import { describe, expect, test } from 'vitest';
import type { StreamTransform } from '../../../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import {
  chunk,
  DONE,
  event,
  FINISH,
  json,
  openAiEndpoint,
  openAt,
  relay,
  ROLE,
  TEXT,
  USAGE,
} from '../../../support/wire.ts';

/** The stream for a client with these stream options. */
function open(options: object | undefined, trustedStream: boolean, body: object = {}): StreamTransform {
  const request = scanOpenAiChat(
    json({ messages: [{ role: 'user', content: 'hi' }], stream: true, stream_options: options, ...body }),
  );
  return openAt(request, [openAiEndpoint()], { trustedStream }).stream();
}

const COUNTS = { inputTokens: 5, outputTokens: 7, cachedInputTokens: null, reasoningTokens: null };

describe.each([
  ['untrusted', false],
  ['trusted', true],
])('usage of a stream (%s)', (_name, trusted) => {
  test('wire cases 7, 40: the chunk that only Laneway requested is read and removed', () => {
    const stream = open(undefined, trusted);
    expect(relay(stream, [ROLE, TEXT, FINISH, USAGE, DONE]).output).toBe(ROLE + TEXT + FINISH + DONE);
    expect(stream.usage).toEqual(COUNTS);
  });

  test('wire case 41: a client that declined usage is not given any', () => {
    const stream = open({ include_usage: false }, trusted);
    expect(relay(stream, [ROLE, TEXT, FINISH + USAGE + DONE]).output).toBe(ROLE + TEXT + FINISH + DONE);
  });

  test('a client that requested it gets it unchanged', () => {
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

  test('wire case 44: of usage on every chunk the last counts', () => {
    const text = chunk({ content: 'a' }, null, { usage: { prompt_tokens: 5, completion_tokens: 1 } });
    const finish = chunk({}, 'stop', { usage: { prompt_tokens: 5, completion_tokens: 7 } });
    const stream = open(undefined, trusted);
    const output = relay(stream, [ROLE, text, finish, DONE]).output;
    expect(stream.usage).toEqual(COUNTS);
    expect(output).toBe(ROLE + chunk({ content: 'a' }) + FINISH + DONE);
  });

  test('wire cases 43, 44: a client that requested it gets the last one at the end, in a separate chunk', () => {
    const text = chunk({ content: 'a' }, null, { usage: { prompt_tokens: 5, completion_tokens: 1 } });
    const finish = chunk({}, 'stop', { usage: { prompt_tokens: 5, completion_tokens: 7 } });
    const without = (bytes: string): string => bytes.replace(/"usage":\{[^}]*\}/, '"usage":null');
    for (const end of [DONE, '']) {
      const stream = open({ include_usage: true }, trusted);
      const { output, state } = relay(stream, [ROLE, text, finish, end]);
      expect(state).toBe('complete');
      expect(output).toBe(ROLE + without(text) + without(finish) + USAGE + DONE);
    }
  });

  test('wire case 43: usage in Groq’s own field also goes out if the client requested it', () => {
    const usage = { prompt_tokens: 5, completion_tokens: 7 };
    const finish = chunk({}, 'stop', { x_groq: { id: 'r', usage } });
    const stream = open({ include_usage: true }, trusted);
    expect(relay(stream, [ROLE, TEXT, finish, DONE]).output).toBe(ROLE + TEXT + finish + USAGE + DONE);
    const both = open({ include_usage: true }, trusted);
    expect(relay(both, [ROLE, TEXT, finish, USAGE, DONE]).output).toBe(ROLE + TEXT + finish + USAGE + DONE);
  });

  test('wire case 44: a usage chunk before the end is held until then, and none comes twice', () => {
    const early = USAGE.replace(
      '"completion_tokens":7,"total_tokens":12',
      '"completion_tokens":1,"total_tokens":6',
    );
    const stream = open({ include_usage: true }, trusted);
    expect(relay(stream, [ROLE, TEXT, early, FINISH, USAGE, USAGE, DONE]).output).toBe(
      ROLE + TEXT + FINISH + USAGE + DONE,
    );
    const onlyEarly = open({ include_usage: true }, trusted);
    expect(relay(onlyEarly, [ROLE, TEXT, early, FINISH, DONE]).output).toBe(
      ROLE + TEXT + FINISH + early + DONE,
    );
  });

  test('wire case 44: a client that requested usage on every chunk gets it', () => {
    const text = chunk({ content: 'a' }, null, {
      usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
    });
    const stream = open({ include_usage: true, continuous_usage_stats: true }, trusted);
    expect(relay(stream, [ROLE, text, FINISH, USAGE, DONE]).output).toBe(ROLE + text + FINISH + USAGE + DONE);
  });

  test('wire case 47: a missing or wrong total is the sum', () => {
    for (const total of ['', ',"total_tokens":99']) {
      const odd = USAGE.replace(',"total_tokens":12', total);
      const stream = open({ include_usage: true }, trusted);
      expect(relay(stream, [ROLE, TEXT, FINISH, odd, DONE]).output).toBe(ROLE + TEXT + FINISH + USAGE + DONE);
    }
  });

  test('wire case 42: where the upstream counts nothing, no usage is invented', () => {
    const stream = open({ include_usage: true }, trusted);
    expect(relay(stream, [ROLE, TEXT, FINISH, DONE]).output).toBe(ROLE + TEXT + FINISH + DONE);
    expect(stream.usage).toBeNull();
  });

  test('wire case 33: a usage chunk without choices is removed too', () => {
    const stream = open(undefined, trusted);
    const bare = event({ usage: { prompt_tokens: 5, completion_tokens: 7 } });
    expect(relay(stream, [ROLE, TEXT, FINISH, bare, DONE]).output).toBe(ROLE + TEXT + FINISH + DONE);
    expect(stream.usage).toEqual(COUNTS);
  });
});

test('counts come from llama-server’s timings if there is no usage', () => {
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

test('wire case 42: a client that requested usage gets the counts of llama-server’s timings', () => {
  const stream = open({ include_usage: true }, false);
  const finish = chunk({}, 'stop', { timings: { cache_n: 3, prompt_n: 9, predicted_n: 6 } });
  expect(relay(stream, [ROLE, TEXT, finish, DONE]).output).toContain(
    '"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":6,"total_tokens":18,',
  );
});

test('garbled usage is unknown, not 0', () => {
  const stream = open(undefined, false);
  relay(stream, [ROLE, TEXT, chunk({}, 'stop', { usage: { total_tokens: 9 } }), DONE]);
  expect(stream.usage).toBeNull();
});

test('wire case 32: a trusted stream of several choices is read event by event, so that a cut is detected', () => {
  const second = chunk({ content: 'b' }, null, {}, 1);
  const chunks = [ROLE, TEXT, second, FINISH, DONE];
  expect(relay(open(undefined, true, { n: 2 }), chunks).fault).toBe('cut');
});
