import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choicesOf, deltasOf, guardOf, madeId, mended } from '../../../support/openai-guard.ts';
import { chunk, DONE, event, relay, ROLE } from '../../../support/wire.ts';

interface Delta {
  readonly index?: number;
  readonly id?: string;
  readonly type?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

const CALLED = chunk({}, 'tool_calls');
const calls = (...entries: object[]): string => chunk({ tool_calls: entries });
const opening = (index: number, id: string, name: string, text = ''): object => ({
  index,
  id,
  type: 'function',
  function: { name, arguments: text },
});
const piece = (index: number, text: string): object => ({ index, function: { arguments: text } });

/** The calls that a client assembles by concatenation, as openai-python does: repeated ids and names show. */
function joined(events: readonly string[]): unknown[] {
  const built: { id: string; type: string; name: string; arguments: string }[] = [];
  for (const delta of deltasOf(mended([ROLE, ...events])) as { tool_calls?: Delta[] }[]) {
    for (const { index = -1, id = '', type = '', function: called = {} } of delta.tool_calls ?? []) {
      expect(index).toBeLessThanOrEqual(built.length);
      const call = (built[index] ??= { id: '', type: '', name: '', arguments: '' });
      call.id += id;
      call.type += type;
      call.name += called.name ?? '';
      call.arguments += called.arguments ?? '';
    }
  }
  return built.map(({ id, type, name, arguments: text }) => [id, type, name, text]);
}

const PARIS = ['call_1', 'function', 'weather', '{"city":"Paris"}'];
const OSLO = ['call_2', 'function', 'weather', '{"city":"Oslo"}'];
const [paris, oslo] = ['{"city":"Paris"}', '{"city":"Oslo"}'];

test('calls as OpenAI streams them pass byte for byte', () => {
  const events = [
    calls(opening(0, 'call_1', 'weather')),
    calls(piece(0, '{"city":')),
    calls(piece(0, '"Paris"}')),
    calls(opening(1, 'call_2', 'weather'), piece(1, oslo ?? '')),
    CALLED,
    DONE,
  ];
  expect(relay(guardOf(), [ROLE, ...events]).output).toBe(ROLE + events.join(''));
  expect(joined(events)).toEqual([PARIS, OSLO]);
});

test('wire case 59: the rest of a name after its call was opened reaches clients that concatenate', () => {
  const events = [
    calls(opening(0, 'call_1', 'wea')),
    calls({ index: 0, function: { name: 'ther' } }),
    calls(piece(0, paris ?? '')),
    CALLED,
  ];
  expect(joined(events)).toEqual([PARIS]);
});

test('wire case 60: a complete call in one delta passes unchanged', () => {
  const whole = calls(opening(0, 'call_1', 'weather', paris));
  expect(relay(guardOf(), [ROLE, whole, CALLED, DONE]).output).toBe(ROLE + whole + CALLED + DONE);
});

describe.each([
  [
    'wire case 55: id, type and name in every delta',
    [
      opening(0, 'call_1', 'weather'),
      opening(0, 'call_1', 'weather', '{"city":'),
      opening(0, 'call_1', 'weather', '"Paris"}'),
    ],
  ],
  [
    'wire case 55: null id, type and name in later deltas',
    [
      opening(0, 'call_1', 'weather'),
      { index: 0, id: null, type: null, function: { name: null, arguments: paris } },
    ],
  ],
  [
    'wire case 55: another id in every delta, as in older vLLM',
    [
      opening(0, 'call_1', 'weather'),
      { index: 0, id: 'x', type: 'function', function: { arguments: paris } },
    ],
  ],
  [
    'wire case 56: no index',
    [
      { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":' } },
      { function: { arguments: '"Paris"}' } },
    ],
  ],
  ['wire case 57: a first index of 1', [opening(1, 'call_1', 'weather'), piece(1, paris ?? '')]],
  [
    'wire case 59: arguments before the name',
    [
      { index: 0, id: 'call_1', type: 'function', function: { arguments: '{"city":' } },
      { index: 0, function: { name: 'weather' } },
      piece(0, '"Paris"}'),
    ],
  ],
  [
    'wire case 59: a name in fragments',
    [
      { index: 0, id: 'call_1', type: 'function', function: { name: 'wea' } },
      { index: 0, function: { name: 'ther' } },
      piece(0, paris ?? ''),
    ],
  ],
  [
    'arguments that are an object',
    [
      {
        index: 0,
        id: 'call_1',
        type: 'function',
        function: { name: 'weather', arguments: { city: 'Paris' } },
      },
    ],
  ],
  [
    'no type',
    [{ index: 0, id: 'call_1', function: { name: 'weather', arguments: '' } }, piece(0, paris ?? '')],
  ],
])('%s', (_name, entries) => {
  test('gives the one call, opened once', () => {
    expect(joined([...entries.map((entry) => calls(entry)), CALLED])).toEqual([PARIS]);
  });
});

describe.each([
  ['wire case 56: no index', [{ id: 'call_1' }, { id: 'call_2' }]],
  [
    'wire case 57: indexes with a gap',
    [
      { index: 1, id: 'call_1' },
      { index: 5, id: 'call_2' },
    ],
  ],
  [
    'wire case 58: all at index 0',
    [
      { index: 0, id: 'call_1' },
      { index: 0, id: 'call_2' },
    ],
  ],
])('%s, two calls', (_name, [first, second]) => {
  const one = { ...first, type: 'function', function: { name: 'weather', arguments: paris } };
  const two = { ...second, type: 'function', function: { name: 'weather', arguments: oslo } };

  test('complete, in one delta or in two, are numbered 0 and 1', () => {
    expect(joined([calls(one, two), CALLED])).toEqual([PARIS, OSLO]);
    expect(joined([calls(one), calls(two), CALLED])).toEqual([PARIS, OSLO]);
  });
});

test('wire case 58: fragments at index 0 belong to the call that began last', () => {
  const events = [
    opening(0, 'call_1', 'weather', '{"city":'),
    piece(0, '"Paris"}'),
    opening(0, 'call_2', 'weather'),
    piece(0, oslo ?? ''),
  ];
  expect(joined([...events.map((entry) => calls(entry)), CALLED])).toEqual([PARIS, OSLO]);
});

describe('wire case 77: a call always has an id', () => {
  const made = (n: number): string => madeId('call_', n);

  test.each([
    [
      'empty ids, each call complete in a delta',
      (text: string) => ({ index: 0, id: '', function: { name: 'weather', arguments: text } }),
    ],
    ['neither ids nor indexes', (text: string) => ({ function: { name: 'weather', arguments: text } })],
  ])('%s', (_name, entry) => {
    const [one, two] = [entry(paris ?? ''), entry(oslo ?? '')];
    const expected = [
      [made(0), ...PARIS.slice(1)],
      [made(1), ...OSLO.slice(1)],
    ];
    expect(joined([calls(one), calls(two), CALLED])).toEqual(expected);
    expect(joined([calls(one, two), CALLED])).toEqual(expected);
  });

  test('an id that another call has already is replaced', () => {
    const events = [calls(opening(0, 'call_1', 'weather', paris), opening(1, 'call_1', 'weather', oslo))];
    expect(joined([...events, CALLED])).toEqual([PARIS, [made(0), ...OSLO.slice(1)]]);
  });

  test('Groq’s short ids pass', () => {
    expect(joined([calls(opening(0, 'x7k2', 'weather', paris)), CALLED])).toEqual([
      ['x7k2', ...PARIS.slice(1)],
    ]);
  });
});

describe('wire case 61: a call without arguments has {}', () => {
  test.each([
    ['empty text', opening(0, 'call_1', 'now')],
    ['null', { index: 0, id: 'call_1', type: 'function', function: { name: 'now', arguments: null } }],
    ['no key', { index: 0, id: 'call_1', type: 'function', function: { name: 'now' } }],
  ])('where the upstream sends %s', (_name, entry) => {
    expect(joined([calls(entry), CALLED])).toEqual([['call_1', 'function', 'now', '{}']]);
  });

  test('also when the finish reason comes in the same chunk', () => {
    const all = chunk({ tool_calls: [opening(0, 'call_1', 'now')] }, 'tool_calls');
    expect(joined([all])).toEqual([['call_1', 'function', 'now', '{}']]);
  });

  test('wire case 64: not when the reply was cut at its length limit; the partial arguments stay', () => {
    const cut = chunk({}, 'length');
    expect(joined([calls(opening(0, 'call_1', 'now')), cut])).toEqual([['call_1', 'function', 'now', '']]);
    const part = calls(opening(0, 'call_1', 'weather', '{"ci'));
    expect(relay(guardOf(), [ROLE, part, cut, DONE]).output).toBe(ROLE + part + cut + DONE);
  });
});

describe('the finish reason and the calls', () => {
  const reason = (events: readonly string[]): unknown =>
    (choicesOf(mended([ROLE, ...events])).at(-1) as { finish_reason: unknown }).finish_reason;
  const called = calls(opening(0, 'call_1', 'weather', paris));

  test('wire case 62: stop after calls becomes tool_calls', () => {
    expect(reason([called, chunk({}, 'stop')])).toBe('tool_calls');
    expect(reason([called, chunk({}, 'length')])).toBe('length');
  });

  test('wire case 63: tool_calls without a call becomes stop', () => {
    expect(reason([chunk({ content: 'a' }), CALLED])).toBe('stop');
  });

  test('wire case 62: an unknown reason after calls becomes tool_calls too', () => {
    expect(reason([called, chunk({}, 'ended')])).toBe('tool_calls');
    expect(reason([chunk({ content: 'a' }), chunk({}, 'ended')])).toBe('ended');
  });

  test.each(['abort', 'error'])('a reply that the server aborted with %s is cut, not complete', (word) => {
    expect(relay(guardOf(), [ROLE, chunk({ content: 'a' }), chunk({}, word), DONE])).toMatchObject({
      state: 'failed',
      fault: 'cut',
    });
  });

  test('a legacy call keeps its finish reason', () => {
    const older = chunk({ function_call: { name: 'f', arguments: '{}' } });
    expect(reason([older, chunk({}, 'function_call')])).toBe('function_call');
    expect(reason([older, CALLED])).toBe('tool_calls');
    expect(reason([older, chunk({}, 'stop')])).toBe('function_call');
    expect(reason([chunk({ content: 'a' }), chunk({}, 'function_call')])).toBe('stop');
  });

  test('a call that never got a name is a fault, since it cannot be executed', () => {
    const nameless = calls({ index: 0, id: 'call_1', function: { arguments: '{}' } });
    expect(relay(guardOf(), [ROLE, nameless, CALLED])).toMatchObject({ state: 'failed', fault: 'malformed' });
    const empty = calls({ index: 0, function: {} });
    expect(joined([empty, chunk({ content: 'a' }), CALLED])).toEqual([]);
  });
});

describe('wire case 76: a legacy call', () => {
  const END = chunk({}, 'function_call');
  const older = (call: object): string => chunk({ function_call: call });
  const seen = (...events: string[]): unknown =>
    (deltasOf(mended([ROLE, ...events, END])) as { function_call?: object }[]).flatMap(
      ({ function_call: call }) => call ?? [],
    );

  test('passes as OpenAI writes it', () => {
    const events = [older({ name: 'f', arguments: '' }), older({ arguments: '{}' }), END, DONE];
    expect(relay(guardOf(), [ROLE, ...events]).output).toBe(ROLE + events.join(''));
  });

  test('is named once, even in fragments, and has arguments as text', () => {
    expect(seen(older({ name: 'f', arguments: '{' }), older({ name: 'f', arguments: '}' }))).toEqual([
      { name: 'f', arguments: '{' },
      { arguments: '}' },
    ]);
    expect(seen(older({ name: 'lo' }), older({ name: 'ok', arguments: { a: 1 } }))).toEqual([
      { name: 'lo' },
      { name: 'ok', arguments: '{"a":1}' },
    ]);
  });

  test('without arguments gets {}, without a name is a fault', () => {
    expect(seen(older({ name: 'f', arguments: '' }))).toEqual([
      { name: 'f', arguments: '' },
      { arguments: '{}' },
    ]);
    expect(relay(guardOf(), [ROLE, older({ arguments: '{}' }), END]).fault).toBe('malformed');
  });
});

test('fields that a server adds to a call survive', () => {
  const extra = { extra_content: { google: { thought_signature: 'c2ln' } } };
  const entry = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: paris }, ...extra };
  const [, delta] = deltasOf(mended([ROLE, calls(entry), CALLED]));
  expect(delta).toEqual({ tool_calls: [{ ...entry, index: 0 }] });
});

test('calls of each choice are numbered separately', () => {
  const at = (index: number, id: string): string =>
    chunk({ tool_calls: [{ ...opening(3, id, 'weather', paris) }] }, 'tool_calls', {}, index);
  const chunks = mended([at(0, 'call_1'), at(1, 'call_2')]);
  const indexes = (deltasOf(chunks) as { tool_calls: Delta[] }[]).map((delta) => delta.tool_calls[0]?.index);
  expect(indexes).toEqual([0, 0]);
});

describe('calls mangled as known servers do come out canonical', () => {
  const text = fc.constantFrom('{}', '{"a":1}', '{"city":"Zürich 😀"}', '{"deep":{"list":[1,2,3]}}');
  const call = fc.record({ name: fc.constantFrom('a', 'weather', 'search_web'), text });
  const way = fc.record({
    indexes: fc.constantFrom('right', 'gap', 'zero', 'none'),
    repeat: fc.constantFrom('nothing', 'all', 'nulls'),
    pieces: fc.integer({ min: 1, max: 4 }),
    inOneEvent: fc.boolean(),
  });

  test('whatever mix of them', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), way, (wanted, how) => {
        const entries = wanted.flatMap((each, place) => mangle(each, place, how));
        const events = how.inOneEvent ? [calls(...entries)] : entries.map((entry) => calls(entry));
        const expected = wanted.map((each, place) => [`call_${place}`, 'function', each.name, each.text]);
        expect(joined([...events, CALLED])).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

function mangle(
  call: { name: string; text: string },
  place: number,
  how: { indexes: string; repeat: string; pieces: number },
): object[] {
  const size = Math.ceil(call.text.length / how.pieces);
  const parts = Array.from({ length: how.pieces }, (_, at) => call.text.slice(at * size, (at + 1) * size));
  const index = { right: place, gap: place * 2 + 1, zero: 0 }[how.indexes];
  return parts.map((text, at) => {
    const isFull = at === 0 || how.repeat === 'all';
    const nulls = how.repeat === 'nulls';
    return {
      ...(index === undefined ? {} : { index }),
      ...(isFull ? { id: `call_${place}`, type: 'function' } : nulls ? { id: null, type: null } : {}),
      function: { ...(isFull ? { name: call.name } : nulls ? { name: null } : {}), arguments: text },
    };
  });
}

test('an entry that is not an object is left out', () => {
  const odd = event({
    ...{ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm-1' },
    choices: [
      {
        index: 0,
        delta: { tool_calls: [null, opening(0, 'call_1', 'weather', paris)] },
        finish_reason: null,
      },
    ],
  });
  expect(joined([odd, CALLED])).toEqual([PARIS]);
});
