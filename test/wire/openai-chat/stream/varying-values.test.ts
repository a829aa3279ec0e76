import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportsError } from '../../../../src/wire/upstream-error-body.ts';
import { normalizeChunk, presentChunk } from '../../../../src/wire/openai-chat/normalize/rules.ts';
import { StreamState } from '../../../../src/wire/openai-chat/normalize/state.ts';
import { READ_KEYS } from '../../../../src/wire/openai-chat/stream/varying-values.ts';
import { readUsage } from '../../../../src/wire/openai-chat/usage.ts';
import { contextOf, guardOf, parsed } from '../../../support/openai-guard.ts';
import { chunk, cut, cutPoints, DONE, event, FINISH, relay, ROLE } from '../../../support/wire.ts';

// Events that differ only in values that no rule reads are recognised without parsing. That must not show.

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom<unknown>(null, true, '', '"', '\\', '\u2028', -0, 1e21, 1e-7, { a: 1 }, ['x']),
);
/** Keys of all kinds: unknown ones, those that are replaced, and those that rules read. */
const KEYS = [
  ...['obfuscation', 'system_fingerprint', 'service_tier', 't_ms', '__proto__', 'a"b', 'é'],
  ...[
    'id',
    'created',
    'model',
    'object',
    'type',
    'error',
    'usage',
    'timings',
    'content',
    'reasoning_content',
  ],
  ...['base_resp', 'detail', 'message', 'code', 'success', 'x_groq', 'choices'],
];
/** The same few keys in all events, so that many fit a template. */
const varied = fc.array(fc.constantFrom(...KEYS), { maxLength: 3 }).chain((keys) =>
  fc.array(
    fc.record({
      text: fc.string(),
      values: fc
        .tuple(...keys.map(() => scalar))
        .map((values) => keys.map((key, at) => [key, values[at]] as const)),
    }),
    { minLength: 2, maxLength: 8 },
  ),
);

function eventWith(text: string, values: readonly (readonly [string, unknown])[], first: boolean): string {
  const members = values.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const plain = chunk({ content: text });
  return first
    ? plain.replace('{', () => `{${members.map((each) => `${each},`).join('')}`)
    : plain.replace(/\}\n\n$/, () => `${members.map((each) => `,${each}`).join('')}}\n\n`);
}

/** Each event by a guard of its own that has seen no other text before: none can fit a template. */
function alone(events: readonly string[]): unknown[] | null {
  const all: unknown[] = [];
  for (const each of events) {
    const { output, fault } = relay(guardOf(), [ROLE, each, FINISH, DONE]);
    if (fault !== null) return null;
    all.push(...parsed(output).slice(1, -2));
  }
  return all;
}

test('a stream comes out as if each of its events had been parsed, for any values and any slicing', () => {
  fc.assert(
    fc.property(varied, fc.boolean(), cutPoints, (list, first, points) => {
      const events = list.map(({ text, values }) => eventWith(text, values, first));
      const expected = alone(events);
      if (expected === null) return;
      const bytes = Buffer.from(ROLE + events.join('') + FINISH + DONE);
      const { output } = relay(guardOf(), cut(bytes, points));
      expect(parsed(output).slice(1, -2)).toEqual(expected);
    }),
    { numRuns: 1500 },
  );
});

describe('an event that differs in other values than its text', () => {
  const vary = (value: unknown, more: object = {}): string =>
    chunk({ content: 'a' }, null, { obfuscation: value, ...more });

  test('passes byte for byte', () => {
    const events = ['x', 'yy', 'zzz', ''].map((value) => vary(value));
    expect(relay(guardOf(), [ROLE, ...events, FINISH, DONE]).output).toBe(
      ROLE + events.join('') + FINISH + DONE,
    );
  });

  test('keeps the spelling of its numbers', () => {
    const events = ['1.0', '2.50', '1e3', '-0'].map((number) => vary('N').replace('"N"', number));
    expect(relay(guardOf(), [ROLE, ...events, FINISH, DONE]).output).toBe(
      ROLE + events.join('') + FINISH + DONE,
    );
  });

  test('has the id and the time of the stream, however often they change', () => {
    const events = [1, 2, 3, 4, 5].map((n) =>
      chunk({ content: 'a' }, null, { id: `other-${n}`, created: n }),
    );
    const { output } = relay(guardOf(), [ROLE, ...events, FINISH, DONE]);
    expect(output).toBe(ROLE + chunk({ content: 'a' }).repeat(5) + FINISH + DONE);
  });

  test('fails the stream if it reports an error', () => {
    const events = [vary('x'), vary('y'), vary('z', { error: { message: 'broken' } })];
    expect(relay(guardOf(), [ROLE, ...events, FINISH, DONE])).toMatchObject({ fault: 'error_event' });
  });

  test.each(['01', '1.', '.5', '+1', '1e', '--1', 'nul', '"a\u0001"', '"a\\x"', '"a', ''])(
    'fails the stream if the value is %j, which is not JSON',
    (value) => {
      const events = [vary(1), vary(2), vary(3), vary('N').replace('"N"', value)];
      const texts = [vary('x'), vary('y'), vary('z'), vary('N').replace('"N"', value)];
      for (const list of [events, texts])
        expect(relay(guardOf(), [ROLE, ...list, FINISH, DONE])).toMatchObject({ fault: 'malformed' });
    },
  );
});

test('no value may vary under a key that a rule reads', () => {
  const read = new Set<string>();
  const noted = (value: object): Record<string, unknown> =>
    new Proxy(value as Record<string, unknown>, {
      get: (target, key) => {
        if (typeof key === 'string') read.add(key);
        return target[key as string];
      },
      ownKeys: (target) => {
        throw new Error(`a rule reads all keys of ${JSON.stringify(target)}`);
      },
    });
  const stream = new StreamState(contextOf(), 'once');
  for (const text of [ROLE, chunk({ content: 'a' }), chunk({ content: 'b' }, null, { created: 7 }), FINISH]) {
    const value = noted(JSON.parse(text.slice('data: '.length)) as object);
    expect(reportsError(value)).toBe(false);
    stream.begin();
    normalizeChunk(value, stream);
    presentChunk(value, stream);
    readUsage(value);
  }
  expect([...read].filter((key) => !READ_KEYS.has(key))).toEqual([]);
});

test('events of one template are counted like others', () => {
  const stream = guardOf();
  const events = [1, 2, 3].map((t) => event({ ...JSON.parse(chunk({ content: 'a' }).slice(6)), t }));
  const usage = { prompt_tokens: 5, completion_tokens: 7 };
  relay(stream, [ROLE, ...events, chunk({ content: 'a' }, null, { t: 4, usage }), FINISH, DONE]);
  expect(stream.usage).toMatchObject({ inputTokens: 5, outputTokens: 7 });
});
