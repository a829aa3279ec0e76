import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatMessage, ChatRequest, Part } from '../../../src/protocol/chat.ts';
import { llamaCppType } from '../../../src/providers/llamacpp/settings.ts';
import { decodeOpenAiRequest } from '../../../src/wire/openai-chat/decode/request.ts';
import { encodeOpenAiRequest } from '../../../src/wire/openai-chat/encode/request.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import {
  assistant,
  call,
  chatDialectOf,
  chatRequest,
  image,
  system,
  text,
  user,
} from '../../support/openai-upstream.ts';
import { target } from '../../support/wire.ts';

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const cache = null;

const picture = fc.constantFrom<Part>(
  image(),
  { ...image('/9j/'), detail: 'high' },
  {
    type: 'image',
    source: { kind: 'url', url: 'https://example.org/a.png' },
    detail: null,
    cache,
  },
);
const pdf: Part = {
  type: 'document',
  source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0x' },
  name: 'a.pdf',
  cache,
};
/** Adjacent texts would come back as one. */
const userTurn = fc.oneof(
  words.map((spoken) => user(text(spoken))),
  fc.tuple(words, picture, words).map(([before, shown, after]) => user(text(before), shown, text(after))),
  words.map((spoken) => user(pdf, text(spoken))),
);
const args = fc.dictionary(words, fc.jsonValue({ maxDepth: 1 })).map((value) => JSON.stringify(value));
const callTurns = fc
  .tuple(
    fc.option(words),
    fc.array(fc.tuple(args, words), { minLength: 1, maxLength: 3 }),
    fc.option(words),
    // Duplicate ids would be renamed.
    fc.uuid(),
  )
  .map(([spoken, calls, answer, turn]): ChatMessage[] => {
    const id = (nth: number): string => `call_${turn}_${nth}`;
    const results = calls.map(([, result], nth): Part => {
      const content = [{ type: 'text' as const, text: result, cache }];
      return { type: 'tool-result', callId: id(nth), content, isError: false, cache };
    });
    return [
      assistant(
        ...(spoken === null ? [] : [text(spoken)]),
        ...calls.map(([given], nth) => call(id(nth), 'get_weather', given)),
      ),
      user(...results, ...(answer === null ? [] : [text(answer)])),
    ];
  });
/** User turns are never consecutive: tool results and the user content after them are one turn. */
const exchange = fc.oneof(
  fc.tuple(userTurn, words).map(([asked, answer]) => [asked, assistant(text(answer))]),
  callTurns.chain((turns) => words.map((answer) => [...turns, assistant(text(answer))])),
  words.map((spoken) => [system(text(spoken))]),
);
const schema = { type: 'object', properties: { city: { type: 'string' } } };
const tools = [
  { name: 'get_weather', description: 'd', parameters: schema, strict: true, cache },
  { name: 'clock', description: null, parameters: schema, strict: null, cache },
];
const settings: fc.Arbitrary<Partial<ChatRequest>> = fc.record({
  temperature: fc.option(fc.double({ min: 0, max: 2, noNaN: true })),
  topP: fc.option(fc.constantFrom(0, 0.5, 1)),
  topK: fc.option(fc.nat({ max: 100 })),
  maxOutputTokens: fc.option(fc.integer({ min: 1, max: 9999 })),
  stop: fc.array(words, { maxLength: 3 }),
  user: fc.option(fc.uuid()),
  stream: fc.boolean(),
  toolChoice: fc.option(fc.constantFrom({ type: 'auto' }, { type: 'none' }, { type: 'required' })),
  parallelTools: fc.option(fc.boolean()),
  reasoning: fc.option(
    fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max').map((effort) => ({
      effort: effort as 'low',
      budgetTokens: null,
      display: null,
    })),
  ),
  format: fc.option(
    fc.constantFrom<NonNullable<ChatRequest['format']>>(
      { type: 'json-object' },
      { type: 'json-schema', name: 'n', description: 'd', schema, strict: true },
      { type: 'json-schema', name: 'n', description: null, schema, strict: null },
    ),
  ),
}) as fc.Arbitrary<Partial<ChatRequest>>;

// The order of turns is the subject of test/wire/openai-chat/messages/turn-order.test.ts.
const speaks = { ...chatDialectOf(llamaCppType), unaryAsStream: false, quirks: {} };

test('a request survives the OpenAI body unchanged', () => {
  fc.assert(
    fc.property(fc.array(exchange, { minLength: 1, maxLength: 5 }), settings, (exchanges, asked) => {
      const request = chatRequest({ messages: exchanges.flat(), tools, ...asked });
      const { body, warnings } = encodeOpenAiRequest(request, target(), speaks);
      expect(warnings).toEqual([]);
      const decoded = decodeOpenAiRequest(scanOpenAiChat(body as Buffer), {});
      expect(decoded.warnings).toEqual([]);
      expect(decoded.request).toEqual(request);
    }),
    { numRuns: 500 },
  );
});
