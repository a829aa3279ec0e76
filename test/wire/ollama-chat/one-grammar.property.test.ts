import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamEvent } from '../../../src/protocol/stream-event.ts';
import type { Usage } from '../../../src/protocol/usage.ts';
import { TranslatedStream } from '../../../src/wire/chat/translated-stream.ts';
import { NDJSON } from '../../../src/wire/framing/ndjson.ts';
import { OllamaChatStreamDecoder } from '../../../src/wire/ollama-chat/stream/decode.ts';
import { cut, cutPoints, openAt, relay } from '../../support/wire.ts';
import { call, COUNTS, last, line, NATIVE, scanned } from './lines.ts';

// Guard, decoder and assembler parse the same upstream streams. If they disagree, one kind of client loses content.

interface Content {
  readonly end: string;
  readonly thinking?: string;
  readonly text?: string;
  readonly calls?: readonly (readonly [name: string, args: string])[];
  readonly usage?: readonly [number, number] | null;
}

interface Message {
  readonly role: string;
  readonly content: string;
  readonly thinking?: string;
  readonly tool_calls?: readonly {
    readonly function: { readonly name: string; readonly arguments: object };
  }[];
}

/** What a strict client of Ollama's API reads, which requires the types of that API. */
function readMessage({
  role,
  content,
  thinking = '',
  tool_calls: calls = [],
}: Message): Omit<Content, 'end'> {
  expect(role).toBe('assistant');
  for (const value of [content, thinking]) expect(typeof value).toBe('string');
  for (const { function: called } of calls)
    expect(Array.isArray(called.arguments) ? [] : called.arguments).toBeTypeOf('object');
  return {
    thinking,
    text: content,
    calls: calls.map(({ function: called }) => [called.name, JSON.stringify(called.arguments)]),
  };
}

const counts = (usage: Usage | null): readonly [number, number] | null =>
  usage === null || usage.estimated === true ? null : [usage.inputTokens, usage.outputTokens];

function throughGuard(chunks: readonly Buffer[]): Content {
  const stream = openAt(scanned({ model: 'm' }), [NATIVE]).stream();
  const { output, fault } = relay(stream, chunks);
  if (fault !== null) return { end: fault };
  const lines = output.split('\n').filter((text) => text !== '');
  const read = lines.map((text) => readMessage((JSON.parse(text) as { message: Message }).message));
  return {
    end: 'complete',
    thinking: read.map(({ thinking }) => thinking).join(''),
    text: read.map(({ text }) => text).join(''),
    calls: read.flatMap(({ calls = [] }) => calls),
    usage: counts(stream.usage),
  };
}

function throughDecoder(chunks: readonly Buffer[]): Content {
  const found = { thinking: '', text: '', calls: [] as [string, string][] };
  const write = (event: StreamEvent): string => {
    if (event.type === 'text-delta') found.text += event.text;
    if (event.type === 'thinking-delta') found.thinking += event.text;
    if (event.type === 'tool-call-start') found.calls.push([event.name, '']);
    if (event.type === 'tool-call-delta') found.calls.at(-1)![1] += event.arguments;
    return '';
  };
  const stream = new TranslatedStream(NDJSON, new OllamaChatStreamDecoder(null), { write });
  const { fault } = relay(stream, chunks);
  if (fault !== null) return { end: fault };
  // The clients above parse arguments, which loses the spelling of numbers.
  const calls = found.calls.map(([name, text]) => [name, JSON.stringify(JSON.parse(text))] as const);
  return { end: 'complete', ...found, calls, usage: counts(stream.usage) };
}

function throughAssembler(chunks: readonly Buffer[]): Content {
  const exchange = openAt(scanned({ model: 'm' }, false), [NATIVE]);
  const { output, fault } = relay(exchange.assemble(), chunks);
  if (fault !== null) return { end: fault };
  const { body, usage } = exchange.unary(Buffer.from(output));
  const { message } = JSON.parse(String(body)) as { message: Message };
  return { end: 'complete', ...readMessage(message), usage: counts(usage) };
}

const word = fc.constantFrom('a', ' b', 'ü😀', '\\"', '', '\u2028');
const args = fc.constantFrom<unknown>(
  {},
  { a: { b: [1] } },
  '{"x":1.0}',
  '',
  '[1]',
  '{"cut":',
  null,
  undefined,
  5,
);
const odd = fc.oneof(
  fc.record({ content: word }),
  fc.record({ thinking: word, content: fc.constantFrom('', 'c', null, undefined) }),
  fc.record({ role: fc.constantFrom(null, undefined, 'assistant'), content: word }),
  fc.record({
    tool_calls: fc.oneof(
      fc.array(
        args.map((each) => call('f', each)),
        { maxLength: 3 },
      ),
      args.map((each) => call('g', each, 'id')),
      fc.constant(null),
    ),
  }),
);
const middle = fc.oneof(
  { weight: 8, arbitrary: odd.map((message) => line(message)) },
  fc.constantFrom('\n', '\r\n', '{}\n', '{"status":"loading"}\n', '{"message":null}\n'),
  { weight: 1, arbitrary: fc.constantFrom('garbage\n', '{"error":"x"}\n', '{"message":5}\n', '[1]\n') },
);
const end = fc.constantFrom(
  ...[last(), last().trimEnd(), last('length'), last('load', {}), last('stop', { eval_count: 3 })],
  ...[
    line({ content: 'z' }, { done: true, ...COUNTS }),
    '{"done":true}\n',
    last('abort'),
    '',
    '{"message":{"con',
  ],
  ...[`${last()}${line({ content: 'late' })}`, `${last()}garbage\n`, `${last()}{"error":"late"}\n`],
);

test('2,000 odd streams: guard, decoder and assembler agree', { timeout: 60_000 }, () => {
  const stream = fc.tuple(fc.array(middle, { maxLength: 6 }), end, cutPoints);
  fc.assert(
    fc.property(stream, ([lines, closing, points]) => {
      const chunks = cut(Buffer.from(lines.join('') + closing), points);
      const guard = throughGuard(chunks);
      expect(throughDecoder(chunks)).toEqual(guard);
      expect(throughAssembler(chunks)).toEqual(guard);
    }),
    { numRuns: 2_000 },
  );
});
