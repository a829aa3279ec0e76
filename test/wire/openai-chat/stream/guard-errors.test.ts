import { describe, expect, test } from 'vitest';
import { guardOf } from '../../../support/openai-guard.ts';
import { chunk, DONE, event, FINISH, relay, ROLE, TEXT } from '../../../support/wire.ts';

const CUDA = 'CUDA out of memory';

describe.each([
  ['untrusted', false],
  ['trusted', true],
])('an error event (%s)', (_name, trusted) => {
  const guard = (): ReturnType<typeof guardOf> => guardOf({ trusted });

  test.each([
    ['an object', event({ error: { message: CUDA, type: 'server_error', code: 500 } })],
    ['wire case 14: a text', event({ error: CUDA })],
    ['wire case 14: Groq’s x_groq.error', chunk({}, null, { x_groq: { id: 'req_1', error: CUDA } })],
    ['a named event with an envelope', `event: error\n${event({ error: { message: CUDA } })}`],
    ['a named event with text', `event: error\ndata: ${CUDA}\n\n`],
    ['old vLLM’s shape', event({ object: 'error', message: CUDA, type: 'E', code: 500 })],
    ['without a blank line at the end', event({ error: { message: CUDA } }).trimEnd()],
  ])('%s is a fault with the upstream’s message, before and after the commit', (_shape, bytes) => {
    for (const [before, output] of [
      [ROLE, ''],
      [ROLE + TEXT, ROLE + TEXT],
    ] as const) {
      const stream = guard();
      expect(relay(stream, [before, bytes])).toEqual({ output, state: 'failed', fault: 'error_event' });
      expect(stream.fault?.upstream?.message).toBe(CUDA);
      expect(stream.fault?.raw?.toString()).toContain(CUDA);
    }
  });

  test('wire case 12: no raw error of the upstream reaches the client, and no end mark follows', () => {
    const result = relay(guard(), [ROLE, TEXT + event({ error: { message: CUDA } }) + TEXT + FINISH + DONE]);
    expect(result.output).toBe(ROLE + TEXT);
  });

  test('wire case 166: a numeric code becomes text', () => {
    const stream = guard();
    relay(stream, [event({ error: { message: CUDA, code: 503 } })]);
    expect(stream.fault?.upstream?.code).toBe('503');
  });

  test('wire case 13: a null error key never goes out, but the text next to it does', () => {
    const stream = guard();
    const odd = chunk({ content: 'ünd' }, null, { error: null });
    const result = relay(stream, [ROLE, TEXT, odd, FINISH, DONE]);
    expect(result).toEqual({
      output: ROLE + TEXT + chunk({ content: 'ünd' }) + FINISH + DONE,
      state: 'complete',
      fault: null,
    });
  });

  test('text that only mentions errors, usage or [DONE] passes', () => {
    const talk = chunk({ content: '"error": {"usage":{"finish_reason":"stop"}} data: [DONE]' });
    expect(relay(guard(), [ROLE, TEXT, talk, FINISH, DONE])).toMatchObject({
      output: ROLE + TEXT + talk + FINISH + DONE,
      state: 'complete',
    });
  });
});

describe('not an event stream', () => {
  const guard = guardOf;

  test.each([
    ['a raw line', 'proxy error: x'],
    ['HTML', '<html><body>Bad gateway</body></html>\n'],
    ['broken JSON', 'data: {"choices":[{]}\n\n'],
    ['a JSON array', 'data: [1]\n\n'],
    ['a JSON string', 'data: "hello"\n\n'],
    ['text as data', 'data: hello\n\n'],
  ])('%s is malformed and never goes out', (_name, bytes) => {
    expect(relay(guard(), [bytes])).toEqual({ output: '', state: 'failed', fault: 'malformed' });
    expect(relay(guard(), [ROLE, TEXT, bytes])).toEqual({
      output: ROLE + TEXT,
      state: 'failed',
      fault: 'malformed',
    });
  });

  test.each([
    ['a raw line that llama-server’s router writes when the model’s server ends', ''],
    ['the same with its blank line', '\n\n'],
  ])('%s is a cut stream and never goes out', (_name, end) => {
    const bytes = `proxy error: Failed to read connection${end}`;
    const failed = { state: 'failed', fault: 'cut' };
    expect(relay(guard(), [bytes])).toEqual({ output: '', ...failed });
    expect(relay(guard(), [ROLE, TEXT, bytes])).toEqual({ output: ROLE + TEXT, ...failed });
  });

  test('wire case 15: a JSON error body instead of a stream is reported as that error', () => {
    const stream = guard();
    const body = '{\n "error": {\n  "code": 500,\n  "message": "model failed to load"\n }\n}';
    expect(relay(stream, [body])).toMatchObject({ output: '', fault: 'error_event' });
    expect(stream.fault?.upstream).toMatchObject({ message: 'model failed to load', code: '500' });
  });

  test('a unary JSON reply instead of a stream is malformed', () => {
    const body = JSON.stringify({ choices: [{ message: { content: 'a' }, finish_reason: 'stop' }] });
    expect(relay(guard(), [body])).toMatchObject({ output: '', fault: 'malformed' });
  });

  test('garbled events after the finish reason are dropped, and the answer is complete', () => {
    expect(relay(guard(), [ROLE, TEXT, FINISH, 'proxy error: Failed'])).toMatchObject({
      output: ROLE + TEXT + FINISH + DONE,
      state: 'complete',
    });
  });

  test('an event over 16 MiB is too large', () => {
    const part = Buffer.alloc(1024 * 1024, 'x');
    expect(relay(guard(), ['data: ', ...Array.from({ length: 17 }, () => part)], false).fault).toBe(
      'too_large',
    );
  });
});
