import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireFault } from '../../../src/wire/fault.ts';
import { MAX_EVENT_BYTES } from '../../../src/wire/framing/framing.ts';
import { NDJSON } from '../../../src/wire/framing/ndjson.ts';
import { cut, cutPoints, eachByte } from '../../support/wire.ts';

function lines(chunks: readonly Buffer[]): (string | null)[] {
  const splitter = NDJSON.splitter();
  const found: (string | null)[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk);
    while (splitter.next()) found.push(splitter.fields().data);
  }
  if (splitter.finish()) found.push(splitter.fields().data);
  return found;
}

test('wire case 160: lines are independent of chunk boundaries, and the last one may lack its line feed', () => {
  const values = fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(values, fc.boolean(), cutPoints, (written, isEnded, points) => {
      const texts = written.map((value) => JSON.stringify(value));
      const bytes = Buffer.from(texts.join('\n') + (isEnded ? '\n' : ''));
      expect(lines(cut(bytes, points))).toEqual(texts);
      expect(lines(eachByte(bytes))).toEqual(texts);
    }),
  );
});

test('blank lines and CRLF are ignored', () => {
  expect(lines([Buffer.from('{"a":1}\r\n\n{"b":2}\r\n')])).toEqual(['{"a":1}', null, '{"b":2}']);
});

test('a line inside one chunk is not copied', () => {
  const chunk = Buffer.from('{"a":1}\n{"b":2}\n');
  const splitter = NDJSON.splitter();
  splitter.push(chunk);
  expect(splitter.next()).toBe(true);
  expect([splitter.buffer, splitter.start, splitter.end]).toEqual([chunk, 0, 8]);
  expect(splitter.buffer).toBe(chunk);
});

test('an endless line is rejected instead of buffered without limit', () => {
  const splitter = NDJSON.splitter();
  const fill = (): void => {
    for (let pushed = 0; pushed <= MAX_EVENT_BYTES; pushed += 1024 * 1024) {
      splitter.push(Buffer.alloc(1024 * 1024, 'a'));
      splitter.next();
    }
  };
  expect(fill).toThrow(WireFault);
});

test.each([
  ['application/x-ndjson', true],
  ['application/x-ndjson; charset=utf-8', true],
  ['application/json', false],
  ['text/event-stream', false],
])('%s: %s', (contentType, accepted) => {
  expect(NDJSON.accepts(contentType)).toBe(accepted);
});
