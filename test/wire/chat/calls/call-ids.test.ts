import { describe, expect, test } from 'vitest';
import { acceptedCallId, OutgoingCallIds } from '../../../../src/wire/chat/calls/call-ids.ts';

describe('wire case 77: ids of calls', () => {
  test.each(['call_1', 'a'.repeat(40)])('%s is sent unchanged', (id) => {
    expect(acceptedCallId(id, { maxLength: 40 })).toBe(id);
  });

  test.each(['functions.read:0', 'a'.repeat(41), `call_${'thought'.repeat(40)}`, '', 'ä b'])(
    '%s is replaced by one that every server accepts, always the same',
    (id) => {
      const sent = acceptedCallId(id, { maxLength: 40 });
      expect(sent).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
      expect(acceptedCallId(id, { maxLength: 40 })).toBe(sent);
      expect(acceptedCallId(`${id}2`, { maxLength: 40 })).not.toBe(sent);
    },
  );

  test('an id that a later turn uses again is replaced in that turn, in the call and its result', () => {
    const ids = new OutgoingCallIds({ maxLength: null });
    expect([ids.call('call_0', 1), ids.result('call_0')]).toEqual(['call_0', 'call_0']);
    expect([ids.call('call_0', 3), ids.result('call_0')]).toEqual(['call_0_2', 'call_0_2']);
    expect([ids.call('call_0_2', 5), ids.result('call_0_2')]).toEqual(['call_0_2_2', 'call_0_2_2']);
  });

  test('parallel calls with one id get their results in order', () => {
    const ids = new OutgoingCallIds({ maxLength: null });
    const calls = [ids.call('x', 1), ids.call('x', 1)];
    expect(calls).toEqual(['x', 'x_2']);
    expect([ids.result('x'), ids.result('x')]).toEqual(calls);
  });

  test('a call without a result does not take that of a later turn', () => {
    const ids = new OutgoingCallIds({ maxLength: null });
    ids.call('x', 1);
    expect(ids.result('x')).toBe('x');
    ids.call('x', 3);
    ids.call('x', 5);
    expect(ids.result('x')).toBe('x_3');
  });
});
