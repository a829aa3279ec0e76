import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireFault } from '../../../src/wire/fault.ts';
import { MAX_EVENT_BYTES, type EventFields } from '../../../src/wire/framing/framing.ts';
import { SseSplitter } from '../../../src/wire/framing/sse.ts';
import { cut, cutPoints, eachByte, eventsIn, lineEnds, withLineEnds } from '../../support/wire.ts';

interface Seen extends EventFields {
  readonly bytes: string;
}

function split(chunks: readonly Buffer[]): Seen[] {
  const splitter = new SseSplitter();
  const seen: Seen[] = [];
  const note = (): void => {
    const { buffer, start, end } = splitter;
    seen.push({ ...splitter.fields(), bytes: buffer.toString('utf8', start, end) });
  };
  for (const chunk of chunks) {
    splitter.push(chunk);
    while (splitter.next()) note();
  }
  if (splitter.finish()) note();
  return seen;
}

/** The specification's algorithm, on the lines of the complete text; events without data are omitted. */
function reference(text: string): { event: string | null; data: string }[] {
  const events: { event: string | null; data: string }[] = [];
  let event: string | null = null;
  let data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data.length > 0) events.push({ event, data: data.join('\n') });
      event = null;
      data = [];
    }
    const value = line.slice(line.indexOf(':') + 1).replace(/^ /, '');
    if (line.startsWith('data:')) data.push(value);
    if (line.startsWith('event:')) event = value;
  }
  return events;
}

const word = fc.string({ unit: fc.constantFrom('a', 'ü', '😀', ' ', ':', '{', '"'), maxLength: 12 });
const block = fc
  .array(
    fc.oneof(
      word.map((text) => `data: ${text}`),
      word.map((text) => `data:${text}`),
      word.map((text) => `: ${text}`),
      fc.constant('event: ping'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((lines) => lines.join('\n'));
const stream = fc.array(block, { minLength: 1, maxLength: 6 }).map((blocks) => `${blocks.join('\n\n')}\n\n`);

describe('the event splitter', () => {
  test('wire cases 6, 7: any chunking and any mix of line ends yields the same complete events in order', () => {
    fc.assert(
      fc.property(stream, lineEnds, cutPoints, (text, ends, points) => {
        const bytes = Buffer.from(withLineEnds(text, ends));
        const whole = split([bytes]);
        expect(split(cut(bytes, points))).toEqual(whole);
        expect(split(eachByte(bytes))).toEqual(whole);
        expect(whole.map((event) => event.bytes).join('')).toBe(bytes.toString());
        const events = whole.filter((event) => event.data !== null);
        expect(events.map(({ event, data }) => ({ event, data }))).toEqual(reference(bytes.toString()));
      }),
      { numRuns: 500 },
    );
  });

  test('wire case 6: a last event without its blank line is returned at the end', () => {
    expect(split([Buffer.from('data: a\n\ndata: b')]).map(({ data }) => data)).toEqual(['a', 'b']);
    expect(split([Buffer.from('data: a\r\n\r\ndata: b\r\n')]).map(({ data }) => data)).toEqual(['a', 'b']);
  });

  test('an event inside one chunk is not copied', () => {
    const chunk = Buffer.from('data: a\n\ndata: b\n\n');
    const splitter = new SseSplitter();
    splitter.push(chunk);
    expect(splitter.next()).toBe(true);
    expect([splitter.buffer, splitter.start, splitter.end]).toEqual([chunk, 0, 9]);
    expect(splitter.buffer).toBe(chunk);
    expect(splitter.next()).toBe(true);
    expect(splitter.buffer).toBe(chunk);
  });

  test('a returned event is not overwritten by the next one', () => {
    const splitter = new SseSplitter();
    splitter.push(Buffer.from('data: fir'));
    splitter.next();
    splitter.push(Buffer.from('st\n\ndata: sec'));
    splitter.next();
    const { buffer, start, end } = splitter;
    splitter.next();
    splitter.push(Buffer.from('ond\n\n'));
    splitter.next();
    expect(buffer.toString('utf8', start, end)).toBe('data: first\n\n');
  });

  test('a byte order mark before the first event is not text outside the events', () => {
    const [first] = split(eachByte(Buffer.from('\ufeffdata: a\n\n')));
    expect(first).toMatchObject({ data: 'a', foreign: null });
  });

  test('wire case 8: an event of several megabytes passes in one piece', () => {
    const text = `data: ${'x'.repeat(5 * 1024 * 1024)}\n\n`;
    const chunks = Array.from({ length: 90 }, (_, index) =>
      Buffer.from(text.slice(index * 65_536, (index + 1) * 65_536)),
    );
    expect(split(chunks).map(({ bytes }) => bytes.length)).toEqual([text.length]);
  });

  test('an event over 16 MiB is rejected before all of it is buffered', () => {
    const splitter = new SseSplitter();
    const part = Buffer.alloc(1024 * 1024, 'x');
    let pushed = 0;
    const fill = (): void => {
      for (; pushed < 40; pushed += 1) {
        splitter.push(part);
        splitter.next();
      }
    };
    expect(fill).toThrow(WireFault);
    expect(pushed * part.length).toBe(MAX_EVENT_BYTES);
  });

  test('a raw line of text is distinguished from the fields of the format', () => {
    const text = 'id: 1\nretry: 5\n: comment\ndata: a\nproxy error: Failed\n\n';
    expect(eventsIn([text])).toEqual([{ event: null, data: 'a', foreign: 'proxy error: Failed' }]);
  });
});
