import fc from 'fast-check';
import type {
  AnswerFormat,
  CacheBreakpoint,
  ChatMessage,
  ChatReply,
  ChatRequest,
  DocumentPart,
  ExtraField,
  ImagePart,
  Part,
  ReplyPart,
  TextPart,
  Tool,
  ToolResultPart,
} from '../../src/protocol/chat.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';

/** Text that is never empty: words, other scripts, line ends, white space alone. */
const words = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z ,.]{1,12}[a-z]$/) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(' ', '\n', '{"a":1}', 'data: [DONE]\n\n', '日本語 😀', '\u2028"\\', 'a\n\n'),
  },
);
const opaque = fc.base64String({ minLength: 4, maxLength: 24 });
const cache: fc.Arbitrary<CacheBreakpoint | null> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom({ ttl: null }, { ttl: '5m' }, { ttl: '1h' }) },
);

const textPart: fc.Arbitrary<TextPart> = fc.record({ type: fc.constant('text'), text: words, cache });
const imagePart: fc.Arbitrary<ImagePart> = fc.record({
  type: fc.constant('image'),
  source: fc.oneof(
    fc.record({
      kind: fc.constant('base64'),
      mediaType: fc.constantFrom('image/png', 'image/jpeg', 'image/gif', 'image/webp'),
      data: opaque,
    }),
    fc.record({
      kind: fc.constant('url'),
      url: fc.constantFrom('https://example.com/a.png', 'http://example.com/ü?b=1'),
    }),
  ),
  detail: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.constantFrom('low', 'high', 'auto')),
  cache,
});
const documentPart: fc.Arbitrary<DocumentPart> = fc.record({
  type: fc.constant('document'),
  source: fc.oneof(
    fc.record({ kind: fc.constant('base64'), mediaType: fc.constant('application/pdf'), data: opaque }),
    words.map((text) => ({
      kind: 'base64' as const,
      mediaType: 'text/plain',
      data: Buffer.from(text).toString('base64'),
    })),
    fc.constant({ kind: 'url' as const, url: 'https://example.com/a.pdf' }),
  ),
  name: fc.option(fc.constantFrom('a.pdf', 'Bericht über 😀.pdf')),
  cache,
});

/** JSON text of an object, as a model might write it: keys like `__proto__`, numbers that no double holds, blanks. */
const argumentsText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
      .map((value) => JSON.stringify(value)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '{}',
      '{"id":123456789012345678}',
      '{"a":1.0,"b":1e3}',
      '{"__proto__":{"a":-0}}',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('{ "a" : [ 1, 2 ] }', '[1]', '7') },
);

const thinkingPart = fc.record({
  type: fc.constant('thinking' as const),
  text: words,
  signature: fc.option(opaque),
});
const redactedPart = fc.record({ type: fc.constant('redacted-thinking' as const), data: opaque });

const schemaValue: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.constantFrom<Record<string, unknown>>(
    { type: 'string' },
    { type: 'integer', description: 'a number' },
    { type: 'boolean' },
    { enum: ['a', 'b'] },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
    { type: 'string', format: 'date-time' },
    { type: 'array', items: { type: 'number' } },
  ),
);
/** A closed object, in which every server's own rules leave nothing to change. */
const closedSchema = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), schemaValue, { maxKeys: 3 })
  .map((properties) => ({
    type: 'object',
    properties,
    additionalProperties: false,
    required: Object.keys(properties),
  }));

const NAMES = ['get_weather', 'look-up', 'mcp__files__read', `long_${'x'.repeat(59)}`];
const ODD_NAMES = ['with.dot', 'sláinte', `over_${'x'.repeat(80)}`];

const tools: fc.Arbitrary<readonly Tool[]> = fc.uniqueArray(
  fc.record({
    name: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...NAMES) }, fc.constantFrom(...ODD_NAMES)),
    description: fc.option(words),
    parameters: closedSchema,
    strict: fc.constantFrom(null, true, false),
    cache,
  }),
  { maxLength: 3, selector: ({ name }) => name },
);

/** A call and what its tool answered. */
interface Round {
  readonly arguments: string;
  readonly content: ToolResultPart['content'];
  readonly isError: boolean;
  readonly tool: number;
  readonly odd: boolean;
  readonly marked: CacheBreakpoint | null;
}
const round: fc.Arbitrary<Round> = fc.record({
  arguments: argumentsText,
  content: fc.array(fc.oneof({ weight: 5, arbitrary: textPart }, imagePart, documentPart), { maxLength: 2 }),
  isError: fc.boolean(),
  tool: fc.nat(2),
  odd: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
  marked: cache,
});

const userParts = fc.array(fc.oneof({ weight: 5, arbitrary: textPart }, imagePart, documentPart), {
  minLength: 1,
  maxLength: 3,
});
const systemParts = fc.array(textPart, { minLength: 1, maxLength: 2 });
const exchange = fc.record({
  user: fc.array(userParts, { minLength: 1, maxLength: 2 }),
  system: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: systemParts }),
  said: fc.array(fc.oneof({ weight: 4, arbitrary: textPart }, thinkingPart, redactedPart), { maxLength: 3 }),
  rounds: fc.array(round, { maxLength: 2 }),
});

/** Turns as a client would send them: every call answered in the turn behind it. */
function conversation(
  known: readonly Tool[],
  exchanges: readonly (typeof exchange extends fc.Arbitrary<infer Value> ? Value : never)[],
  last: readonly Part[],
): ChatMessage[] {
  const turns: ChatMessage[] = [];
  let calls = 0;
  let results: Part[] = [];
  for (const { user, system, said, rounds } of exchanges) {
    const [first = [], ...more] = user;
    turns.push(
      { role: 'user', parts: [...results, ...first] },
      ...more.map((parts) => ({ role: 'user' as const, parts })),
    );
    results = [];
    if (system !== null) turns.push({ role: 'system', parts: system });
    const parts: Part[] = [...said];
    for (const { arguments: json, content, isError, tool, odd, marked } of rounds) {
      const name = known[tool % Math.max(1, known.length)]?.name;
      if (name === undefined) continue;
      const id = odd ? `call.${calls}` : `call_${calls}`;
      calls += 1;
      parts.push({ type: 'tool-call', id, name, arguments: json, cache: null });
      results.push({ type: 'tool-result', callId: id, content, isError, cache: marked });
    }
    if (parts.length > 0) turns.push({ role: 'assistant', parts });
  }
  turns.push({ role: 'user', parts: [...results, ...last] });
  return turns;
}

const format: fc.Arbitrary<AnswerFormat | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant<AnswerFormat>({ type: 'json-object' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('json-schema' as const),
      name: fc.constantFrom('response', 'plan'),
      description: fc.option(words),
      schema: closedSchema,
      strict: fc.constantFrom(null, true, false),
    }),
  },
);

const maybe = <Value>(values: readonly Value[]): fc.Arbitrary<Value | null> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...values) });

/** Values that mean something else than leaving the field out. */
const extras = fc.record(
  {
    seed: fc.constantFrom(0, 7),
    frequency_penalty: fc.constantFrom(0.5, -1),
    presence_penalty: fc.constant(1),
    min_p: fc.constant(0.05),
    repeat_penalty: fc.constant(1.1),
    num_ctx: fc.constant(8192),
    keep_alive: fc.constantFrom('5m', 300),
    verbosity: fc.constantFrom('low', 'high'),
    metadata: fc.constant({ run: '1' }),
    prompt_cache_key: fc.constant('key'),
  } satisfies Readonly<Record<ExtraField, unknown>>,
  { requiredKeys: [] },
);

/** The names of all extra fields. */
export const EXTRA_FIELDS = [
  ...['seed', 'frequency_penalty', 'presence_penalty', 'min_p', 'repeat_penalty', 'num_ctx', 'keep_alive'],
  ...['verbosity', 'metadata', 'prompt_cache_key'],
] as readonly ExtraField[];

const settings = fc.record({
  toolChoice: fc.constantFrom(null, 'auto', 'none', 'required', 'tool'),
  parallelTools: fc.constantFrom(null, true, false),
  format,
  reasoning: fc.option(
    fc.record({
      effort: maybe(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const),
      budgetTokens: maybe([1024, 4000, 20_000]),
      display: maybe(['summarized', 'omitted']),
    }),
  ),
  maxOutputTokens: maybe([1, 100, 8192, 50_000]),
  temperature: maybe([0, 0.5, 1, 1.5]),
  topP: maybe([0.1, 0.95, 1]),
  topK: maybe([1, 40]),
  stop: fc.array(words, { maxLength: 3 }),
  user: maybe(['u-1', 'x'.repeat(64), 'y'.repeat(65)]),
  serviceTier: maybe(['auto', 'default'] as const),
  extras: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, extras),
  stream: fc.boolean(),
});

/** A chat request of all part types and all settings, as a client might mean it: more than either wire can say. */
export const anyRequest: fc.Arbitrary<ChatRequest> = tools.chain((known) =>
  fc
    .tuple(settings, fc.option(systemParts), fc.array(exchange, { maxLength: 3 }), userParts)
    .map(([{ toolChoice, parallelTools, ...rest }, system, exchanges, last]) => {
      const first: ChatMessage[] = system === null ? [] : [{ role: 'system', parts: system }];
      const named = known[0]?.name;
      return {
        ...rest,
        messages: [...first, ...conversation(known, exchanges, last)],
        tools: known,
        toolChoice:
          named === undefined || toolChoice === null
            ? null
            : toolChoice === 'tool'
              ? { type: 'tool', name: named }
              : { type: toolChoice },
        parallelTools: named === undefined ? null : parallelTools,
        reasoning:
          rest.reasoning !== null && Object.values(rest.reasoning).every((value) => value === null)
            ? null
            : rest.reasoning,
      };
    }),
);

const replyPart: fc.Arbitrary<ReplyPart> = fc.oneof(
  { weight: 3, arbitrary: words.map((text) => ({ type: 'text' as const, text })) },
  { weight: 2, arbitrary: thinkingPart },
  redactedPart,
  fc.record({
    type: fc.constant('tool-call' as const),
    id: fc.stringMatching(/^[A-Za-z0-9_-]{6,20}$/),
    name: fc.constantFrom(...NAMES),
    arguments: argumentsText,
  }),
);

const count = fc.nat(5_000);

/** A whole reply of all part types, as any upstream might give it. */
export const anyReply: fc.Arbitrary<ChatReply> = fc
  .record({
    id: fc.constantFrom('msg_abc', 'chatcmpl-abc', 'abc-1'),
    model: fc.constantFrom('m-1', 'vendor/m:2'),
    parts: fc.array(replyPart, { maxLength: 5 }),
    refusal: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, words),
    finish: fc.constantFrom('stop' as const, 'length' as const, 'content-filter' as const),
    stopSequence: fc.option(words),
    usage: fc.record({
      fresh: count,
      outputTokens: count,
      cachedInputTokens: fc.option(count),
      reasoningTokens: fc.option(count),
      cacheWriteTokens: fc.option(count),
    }),
  })
  .map(({ usage: { fresh, ...usage }, ...reply }) => {
    // An id names one call of a reply.
    const parts = reply.parts.map((part, index) =>
      part.type === 'tool-call' ? { ...part, id: `${part.id}_${index}` } : part,
    );
    const calls = parts.some(({ type }) => type === 'tool-call');
    const finish = reply.finish === 'stop' && calls ? 'tool-calls' : reply.finish;
    const inputTokens = fresh + (usage.cachedInputTokens ?? 0) + (usage.cacheWriteTokens ?? 0);
    return {
      ...reply,
      parts,
      finish: reply.refusal === null ? finish : 'content-filter',
      stopSequence: finish === 'stop' && reply.refusal === null ? reply.stopSequence : null,
      usage: { ...usage, inputTokens },
    };
  });

/** The events of a stream that gives this reply, its texts and arguments cut at every `step` characters. */
export function eventsOf(reply: ChatReply, step: number): StreamEvent[] {
  const cut = (text: string): string[] => {
    const characters = [...text];
    return Array.from({ length: Math.ceil(characters.length / step) }, (_, at) =>
      characters.slice(at * step, (at + 1) * step).join(''),
    );
  };
  const events = reply.parts.flatMap((part): StreamEvent[] => {
    switch (part.type) {
      case 'text':
        return cut(part.text).map((text) => ({ type: 'text-delta', text }));
      case 'thinking': {
        const deltas = cut(part.text).map((text): StreamEvent => ({ type: 'thinking-delta', text }));
        return part.signature === null
          ? deltas
          : [...deltas, { type: 'thinking-signature', signature: part.signature }];
      }
      case 'redacted-thinking':
        return [part];
      case 'tool-call':
        return [
          { type: 'tool-call-start', id: part.id, name: part.name },
          ...cut(part.arguments).map((text): StreamEvent => ({ type: 'tool-call-delta', arguments: text })),
          { type: 'tool-call-end' },
        ];
    }
  });
  const { id, model, refusal, finish, stopSequence, usage } = reply;
  if (refusal !== null)
    events.push(...cut(refusal).map((text): StreamEvent => ({ type: 'refusal-delta', text })));
  return [
    { type: 'reply-start', id, model, usage: null },
    ...events,
    { type: 'reply-finish', reason: finish, stopSequence, usage },
  ];
}
