import { describe, expect, test } from 'vitest';
import { guardOf } from '../../../support/openai-guard.ts';
import { chunk, DONE, eachByte, FINISH, relay, ROLE, TEXT, USAGE } from '../../../support/wire.ts';

describe.each([
  ['untrusted', false],
  ['trusted', true],
])('the end of a stream (%s)', (_name, trusted) => {
  const run = (...chunks: string[]): ReturnType<typeof relay> => relay(guardOf({ trusted }), chunks);

  test('finish reason and end mark complete it', () => {
    expect(run(ROLE, TEXT, FINISH, DONE)).toEqual({
      output: ROLE + TEXT + FINISH + DONE,
      state: 'complete',
      fault: null,
    });
  });

  test('wire case 4: a missing end mark is added after the finish reason', () => {
    expect(run(ROLE, TEXT, FINISH)).toMatchObject({ output: ROLE + TEXT + FINISH + DONE, state: 'complete' });
  });

  test('wire case 5: without a finish reason it is cut, and none is invented', () => {
    expect(run(ROLE, TEXT)).toEqual({ output: ROLE + TEXT, state: 'failed', fault: 'cut' });
    expect(run(ROLE)).toEqual({ output: '', state: 'failed', fault: 'cut' });
    expect(run()).toEqual({ output: '', state: 'failed', fault: 'cut' });
  });

  test('wire case 150: an end mark without a finish reason does not go out', () => {
    expect(run(ROLE, TEXT, DONE)).toEqual({ output: ROLE + TEXT, state: 'failed', fault: 'cut' });
  });

  test('wire case 3: a repeated, padded or otherwise odd end mark goes out once, in canonical form', () => {
    const whole = ROLE + TEXT + FINISH + DONE;
    expect(run(ROLE, TEXT, FINISH, DONE, DONE).output).toBe(whole);
    expect(run(ROLE, TEXT, FINISH, 'data: [DONE] \n\n').output).toBe(whole);
    expect(run(ROLE, TEXT, FINISH, 'data:[DONE]\r\n\r\n').output).toBe(whole);
    expect(run(ROLE, TEXT, FINISH, 'data: [DONE]').output).toBe(whole);
  });

  test('nothing goes out after the end mark, in the same chunk or later', () => {
    expect(run(ROLE + TEXT + FINISH + DONE + TEXT, TEXT).output).toBe(ROLE + TEXT + FINISH + DONE);
  });

  test('wire case 46: usage that comes after the finish reason still goes out before the end mark', () => {
    expect(run(ROLE, TEXT, FINISH, USAGE, DONE).output).toBe(ROLE + TEXT + FINISH + USAGE + DONE);
  });

  test('wire case 31: text and finish reason in one chunk are both kept', () => {
    const both = chunk({ content: 'end' }, 'stop');
    expect(run(ROLE, both)).toMatchObject({ output: ROLE + both + DONE, state: 'complete' });
  });

  test('wire case 6: a last event without its blank line is completed', () => {
    expect(run(ROLE, TEXT, FINISH.trimEnd()).output).toBe(ROLE + TEXT + FINISH + DONE);
    expect(run(ROLE, TEXT, FINISH.slice(0, -1)).output).toBe(ROLE + TEXT + FINISH + DONE);
  });

  test('a truncated last event is a cut stream before the finish reason, and ignored after it', () => {
    expect(run(ROLE, TEXT, TEXT.slice(0, 40))).toMatchObject({ output: ROLE + TEXT, fault: 'cut' });
    expect(run(ROLE, TEXT, 'dat')).toMatchObject({ output: ROLE + TEXT, fault: 'cut' });
    expect(run(ROLE, TEXT, FINISH, 'data: [DO')).toMatchObject({
      output: ROLE + TEXT + FINISH + DONE,
      fault: null,
    });
  });
});

describe('wire case 32: several choices', () => {
  const first = chunk({ content: 'a' }, null, {}, 0);
  const second = chunk({ content: 'b' }, null, {}, 1);
  const end = (index: number): string => chunk({}, 'stop', {}, index);
  const run = (...chunks: string[]): ReturnType<typeof relay> => relay(guardOf(), chunks);

  test('the stream is complete when each of them has finished', () => {
    expect(run(first, second, end(1), end(0), DONE)).toMatchObject({ state: 'complete' });
  });

  test('one without its finish reason makes the stream cut, with an end mark or not', () => {
    expect(run(first, second, end(1))).toMatchObject({ state: 'failed', fault: 'cut' });
    expect(run(first, second, end(1), DONE)).toMatchObject({ state: 'failed', fault: 'cut' });
  });
});

test('one byte at a time gives the same output', () => {
  const whole = ROLE + TEXT + FINISH + USAGE + DONE;
  const result = relay(guardOf({ trusted: true }), eachByte(Buffer.from(whole)));
  expect(result).toEqual({ output: whole, state: 'complete', fault: null });
});
