import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { ChatReply, ReplyPart } from '../../../src/protocol/chat.ts';
import { replyEvents } from '../../../src/wire/chat/reply-events.ts';
import type { ReplyContext } from '../../../src/wire/codec.ts';
import { encodeOllamaChatReply } from '../../../src/wire/ollama-chat/encode/reply.ts';
import { OllamaChatStreamEncoder } from '../../../src/wire/ollama-chat/stream/encode.ts';
import { linesOf } from './client.ts';

const CONTEXT: ReplyContext<'chat'> = {
  replyOptions: { includeUsage: true, legacyCalls: false },
  modelId: 'm',
  wall: () => 1000,
  startedAt: 0,
  estimatedInputTokens: 3,
};

const words = fc.string({ unit: 'grapheme', maxLength: 12 });
const part: fc.Arbitrary<ReplyPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: words }),
  fc.record({ type: fc.constant('thinking' as const), text: words, signature: fc.constantFrom(null, 'sig') }),
  fc.record({
    type: fc.constant('tool-call' as const),
    id: fc.uuid(),
    name: words,
    arguments: fc.oneof(fc.json(), words),
  }),
  fc.record({ type: fc.constant('redacted-thinking' as const), data: words }),
);
const reply: fc.Arbitrary<ChatReply> = fc.record({
  id: fc.constant(null),
  model: fc.constantFrom(null, 'x'),
  parts: fc.array(part, { maxLength: 8 }),
  refusal: fc.constantFrom(null, 'No.\n'),
  finish: fc.constantFrom('stop', 'length', 'tool-calls', 'content-filter'),
  stopSequence: fc.constant(null),
  usage: fc.constantFrom(null, {
    inputTokens: 3,
    outputTokens: 4,
    cachedInputTokens: null,
    reasoningTokens: null,
    cacheWriteTokens: null,
  }),
});

interface Message {
  readonly content: string;
  readonly thinking?: string;
  readonly tool_calls?: readonly unknown[];
}

test('the lines of a stream, joined, are the whole reply', () => {
  fc.assert(
    fc.property(reply, (given) => {
      const encoder = new OllamaChatStreamEncoder(CONTEXT);
      const lines = linesOf(
        replyEvents(given)
          .map((event) => encoder.write(event))
          .join(''),
      );
      const whole = JSON.parse(encodeOllamaChatReply(given, CONTEXT).toString()) as Record<string, unknown>;
      const messages = lines.map(({ message }) => message as Message);
      const { content, thinking = '', tool_calls: calls = [] } = whole['message'] as Message;
      expect(messages.map((message) => message.content).join('')).toBe(content);
      expect(messages.map((message) => message.thinking ?? '').join('')).toBe(thinking);
      expect(messages.flatMap((message) => message.tool_calls ?? [])).toEqual(calls);
      const { done_reason: reason, model, eval_count: count } = whole;
      expect(lines.at(-1)).toMatchObject({ done: true, done_reason: reason, model, eval_count: count });
      expect(lines.slice(0, -1).every(({ done }) => done === false)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
