import { expect, test } from 'vitest';

import { GatewayError } from '../../../src/protocol/errors.ts';
import { ollamaSurface } from '../../../src/wire/surfaces/ollama.ts';

const parsed = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
const ERROR = new GatewayError('no_target', 'nobody is "there"\nat all');

test('an error is one text, before a stream and as its last line', () => {
  expect(parsed(ollamaSurface.errorBody(ERROR, 'req_1'))).toEqual({ error: ERROR.message });
  const line = ollamaSurface.errorEvent(ERROR, 'req_1').toString();
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual({ error: ERROR.message });
});

test('a heartbeat is a line without content for both calls, with a time that parses', () => {
  const line = ollamaSurface.heartbeat(null).toString();
  expect(line.indexOf('\n')).toBe(line.length - 1);
  const value = JSON.parse(line) as { created_at: string };
  expect(value).toMatchObject({
    message: { role: 'assistant', content: '' },
    response: '',
    done: false,
  });
  expect(Number.isNaN(Date.parse(value.created_at))).toBe(false);
});

test('the target is not named within a stream of JSON', () => {
  expect(ollamaSurface.targetComment('a/b')).toHaveLength(0);
});
