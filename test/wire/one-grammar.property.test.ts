import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyRecipe,
  CHAT,
  made,
  MESSAGES,
  RESPONSES,
  type Kind,
  type Writes,
} from '../support/odd-streams/recipes.ts';
import { anyScript, expectedContent } from '../support/odd-streams/script.ts';
import { disagreements, readTable, readThreeTimes } from '../support/odd-streams/read-table.ts';
import { READERS, type Readers } from '../support/odd-streams/three-readers.ts';
import {
  blockStart,
  blockStop,
  delta,
  messageDelta,
  START,
  STOP,
  words,
} from '../support/messages-events.ts';
import { chunk, DONE, event, FINISH, ROLE } from '../support/wire.ts';

// Guard, decoder and assembler parse the same upstream streams. If they disagree, one kind of client loses content.

const ALL = process.env['LANEWAY_TEST_ROUND_TRIPS'] === '1';
/** In ms. 0.5 ms per stream measured; ten times that for a busy machine. */
const timeout = (streams: number): number => 60_000 + streams * 5;

/** A failure lists the oddities of the shrunk stream and prints the three readings side by side. */
function mustAgree<Draft extends Writes>(kind: Kind<Draft>, streams: number): void {
  const property = fc.property(anyRecipe(kind), (recipe) => {
    const stream = made(kind, recipe);
    const reads = readThreeTimes(READERS[kind.wire], stream.chunks);
    const fields = disagreements(reads, stream.uniqueIds);
    if (fields.length === 0) return;
    const oddities = stream.oddities.length === 0 ? 'nothing' : stream.oddities.join('; ');
    throw new Error(`odd: ${oddities}\n${readTable(reads, fields)}\n${stream.text}`);
  });
  fc.assert(property, { numRuns: streams, includeErrorInReport: true });
}

/** Checks the generator and the readers themselves, on streams without oddities. */
function mustReadAsWritten<Draft extends Writes>(kind: Kind<Draft>): void {
  const property = fc.property(anyScript, (script) => {
    const { chunks } = made(kind, { script, chosen: [], points: [] });
    const { guard, decoder, assembler } = readThreeTimes(READERS[kind.wire], chunks);
    const expected = expectedContent(script, kind.wire);
    for (const read of [guard, decoder, assembler]) expect(read).toMatchObject(expected);
  });
  fc.assert(property, { numRuns: 200 });
}

function allAgree(streams: number): void {
  test(
    'OpenAI: guard, decoder and assembler agree',
    () => {
      mustAgree(CHAT, streams);
    },
    timeout(streams),
  );

  test(
    'Messages: guard, decoder and assembler agree',
    () => {
      mustAgree(MESSAGES, streams);
    },
    timeout(streams),
  );

  test(
    'Responses: guard, decoder and assembler agree',
    () => {
      mustAgree(RESPONSES, streams);
    },
    timeout(streams),
  );
}

describe('2,000 odd streams of each wire', () => {
  allAgree(2_000);

  test('a canonical stream of each wire reads as it was written', () => {
    mustReadAsWritten(CHAT);
    mustReadAsWritten(MESSAGES);
    mustReadAsWritten(RESPONSES);
  });
});

// LANEWAY_TEST_STREAMS sets the number.
const others = Number(process.env['LANEWAY_TEST_STREAMS'] ?? 8_000);
describe.skipIf(!ALL)(`another ${others}${ALL ? '' : ' (LANEWAY_TEST_ROUND_TRIPS is not 1)'}`, () => {
  allAgree(others);
});

/** The three readings of a stream of these events. */
function readsOf(readers: Readers, events: readonly string[]): object {
  return readThreeTimes(readers, [Buffer.from(events.join(''))]);
}

function thrice(expected: object): object {
  const read: unknown = expect.objectContaining({ unreadable: null, ...expected });
  return { guard: read, decoder: read, assembler: read };
}

describe('OpenAI, one stream each', () => {
  const reads = (...events: string[]): object => readsOf(READERS['openai-chat'], events);
  const choices = (choice: object): string =>
    event({ id: 'up_1', object: 'chat.completion.chunk', created: 1, model: 'm-1', choices: [choice] });

  test('a message instead of a delta: the three agree and the content is its text', () => {
    const message = (content: string): string =>
      choices({ index: 0, message: { role: 'assistant', content }, finish_reason: null });
    expect(reads(message('Hello'), message(' you'), FINISH, DONE)).toEqual(
      thrice({ end: 'complete', text: 'Hello you', finish: 'stop' }),
    );
  });

  test('content as a list of parts: the three agree and the content is the text of all parts', () => {
    const part = (text: string): object => ({ type: 'text', text });
    const lists = [chunk({ content: [part('Hel'), part('lo')] }), chunk({ content: [part(' you')] })];
    expect(reads(ROLE, ...lists, FINISH, DONE)).toEqual(
      thrice({ end: 'complete', text: 'Hello you', finish: 'stop' }),
    );
  });

  test('a custom tool call: the three agree and the content is its name and all of its input', () => {
    const call = (more: object): string => chunk({ tool_calls: [{ index: 0, ...more }] });
    const opening = { id: 'up_1', type: 'custom', custom: { name: 'patch', input: '' } };
    const pieces = ['*** Begin', ' "x"\n+1'].map((input) => call({ custom: { input } }));
    expect(reads(ROLE, call(opening), ...pieces, chunk({}, 'tool_calls'), DONE)).toEqual(
      thrice({
        end: 'complete',
        calls: [{ kind: 'custom', name: 'patch', input: '*** Begin "x"\n+1' }],
        callIds: ['up_1'],
        finish: 'tool-calls',
      }),
    );
  });

  test('a call that changes from function_call to a tool call without a list: a fault for all three', () => {
    const name = 'look';
    const first = chunk({ function_call: { name, arguments: '' } });
    const second = chunk({ tool_calls: { index: 0, function: { name, arguments: '{}' } } });
    const fault: unknown = expect.objectContaining({ end: 'malformed' });
    expect(reads(ROLE, first, second, chunk({}, 'function_call'), DONE)).toEqual({
      guard: fault,
      decoder: fault,
      assembler: fault,
    });
  });

  test('two calls of one name without ids, with or without an index and text between: the three see both', () => {
    const call = (index: object, more: object): string =>
      chunk({ tool_calls: [{ ...index, function: more }] });
    for (const index of [{}, { index: 0 }]) {
      const opened = call(index, { name: 'write', arguments: '' });
      const closed = call(index, { arguments: '{}' });
      for (const between of [[], [chunk({ content: 'between' })]]) {
        const events = [opened, closed, ...between, opened, closed, chunk({}, 'tool_calls'), DONE];
        const written = { kind: 'function', name: 'write', input: '{}' };
        expect(reads(ROLE, ...events)).toEqual(
          thrice({ end: 'complete', calls: [written, written], finish: 'tool-calls' }),
        );
      }
    }
  });

  test('arguments after a whole call, though nothing has begun another one: a fault for all three', () => {
    const call = (more: object): string => chunk({ tool_calls: [{ function: more }] });
    const whole = [call({ name: 'write', arguments: '' }), call({ arguments: '{}' })];
    const fault: unknown = expect.objectContaining({ end: 'malformed' });
    for (const between of [[], [chunk({ content: 'between' })]]) {
      const events = [...whole, ...between, call({ arguments: '{}' }), chunk({}, 'tool_calls'), DONE];
      expect(reads(ROLE, ...events)).toEqual({ guard: fault, decoder: fault, assembler: fault });
    }
  });

  test('the same opening of a call twice, with an empty text in it: the three see both calls', () => {
    const call = (more: object): string => chunk({ content: '', tool_calls: [more] });
    const opened = call({ id: 'up_same', type: 'function', function: { name: 'write', arguments: '' } });
    const closed = call({ function: { arguments: '{}' } });
    const events = [chunk({ content: 'a' }), opened, closed, opened, closed, chunk({}, 'tool_calls'), DONE];
    const written = { kind: 'function', name: 'write', input: '{}' };
    expect(reads(ROLE, ...events)).toEqual(
      thrice({ end: 'complete', text: 'a', calls: [written, written], finish: 'tool-calls' }),
    );
  });

  test('a name that is repeated at the end of a call is no other call', () => {
    const call = (more: object): string => chunk({ tool_calls: [{ function: more }] });
    const repeated = call({ name: 'write', arguments: '' });
    const events = [repeated, call({ arguments: '{}' }), repeated, chunk({}, 'tool_calls'), DONE];
    const calls = [{ kind: 'function', name: 'write', input: '{}' }];
    expect(reads(ROLE, ...events)).toEqual(thrice({ end: 'complete', calls, finish: 'tool-calls' }));
  });

  test.each([
    [
      'the text of a completion instead of a delta',
      choices({ index: 0, text: 'Hello', finish_reason: null }),
    ],
    ['content as one part', chunk({ content: { type: 'text', text: 'Hello' } })],
  ])('%s: the three agree and the content is its text', (_name, odd) => {
    expect(reads(ROLE, odd, FINISH, DONE)).toEqual(
      thrice({ end: 'complete', text: 'Hello', finish: 'stop' }),
    );
  });

  test('content that the server has parsed: the three agree and the content is its JSON text', () => {
    expect(reads(ROLE, chunk({ content: { answer: 7 } }), chunk({ content: 5 }), FINISH, DONE)).toEqual(
      thrice({ end: 'complete', text: '{"answer":7}5', finish: 'stop' }),
    );
  });

  test('each call with its own finish reason: the three agree and the content is all calls', () => {
    const call = (index: number, name: string): string => {
      const entry = { index, id: `up_${name}`, type: 'function', function: { name, arguments: '{}' } };
      return chunk({ tool_calls: [entry] }, 'tool_calls');
    };
    expect(reads(ROLE, call(0, 'look'), call(1, 'find'), DONE)).toEqual(
      thrice({
        end: 'complete',
        calls: [
          { kind: 'function', name: 'look', input: '{}' },
          { kind: 'function', name: 'find', input: '{}' },
        ],
        finish: 'tool-calls',
      }),
    );
  });

  test('two choices, one unfinished: the three agree and the stream is cut', () => {
    const other = [
      chunk({ role: 'assistant', content: '' }, null, {}, 1),
      chunk({ content: 'b' }, null, {}, 1),
    ];
    expect(reads(ROLE, ...other, chunk({ content: 'a' }), FINISH, DONE)).toEqual(thrice({ end: 'cut' }));
  });
});

describe('Messages, one stream each', () => {
  const reads = (...events: string[]): object =>
    readsOf(READERS['anthropic-messages'], [START, ...events, STOP]);
  const tool = (index: number, name: string): string =>
    blockStart(index, { type: 'tool_use', id: `up_${name}`, name, input: {} });
  const input = (index: number, json: string): string =>
    delta(index, { type: 'input_json_delta', partial_json: json });

  test('a delta of a block never started: the three agree and the content has its text', () => {
    expect(reads(blockStart(0), words(0, 'Hello'), blockStop(0), words(1, ' you'), messageDelta())).toEqual(
      thrice({ end: 'complete', text: 'Hello you', finish: 'stop' }),
    );
    expect(reads(words(0, 'Hello'), messageDelta())).toEqual(
      thrice({ end: 'complete', text: 'Hello', finish: 'stop' }),
    );
  });

  test('arguments of a call that is not open: the three agree and the stream is malformed', () => {
    const late = input(0, ':1}');
    expect(reads(tool(0, 'look'), input(0, '{"at"'), blockStop(0), late, messageDelta('tool_use'))).toEqual(
      thrice({ end: 'malformed' }),
    );
  });

  test('a delta after its block’s stop: the three agree and the content has its text', () => {
    expect(reads(blockStart(0), words(0, 'Hello'), blockStop(0), words(0, ' you'), messageDelta())).toEqual(
      thrice({ end: 'complete', text: 'Hello you', finish: 'stop' }),
    );
  });

  test('two tool blocks whose deltas interleave: the three agree and the content is both calls', () => {
    const starts = [tool(0, 'look'), tool(1, 'find')];
    const deltas = [input(0, '{"at"'), input(1, '{"for"'), input(0, ':"Rome"}'), input(1, ':2}')];
    expect(reads(...starts, ...deltas, blockStop(0), blockStop(1), messageDelta('tool_use'))).toEqual(
      thrice({
        end: 'complete',
        calls: [
          { kind: 'function', name: 'look', input: '{"at":"Rome"}' },
          { kind: 'function', name: 'find', input: '{"for":2}' },
        ],
        callIds: ['up_look', 'up_find'],
        finish: 'tool-calls',
      }),
    );
  });
});
