import fc from 'fast-check';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { ChatReply, FinishReason, ReplyPart } from '../../../../src/protocol/chat.ts';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { completion, replyOf, START, streamed } from '../../../support/openai-client.ts';

/** The completion that the `openai` package parses and assembles from a stream. */
async function understood(stream: string): Promise<OpenAI.Chat.ChatCompletion> {
  const client = new OpenAI({
    apiKey: 'sk-fake',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(stream, { headers: { 'content-type': 'text/event-stream' } })),
  });
  const helper = ChatCompletionStream.createChatCompletion(client, {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
  });
  return helper.finalChatCompletion();
}

const words = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const fragments = fc.array(words, { maxLength: 4 });
const someFragments = fc.array(words, { minLength: 1, maxLength: 4 });
const identifier = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);

type Piece =
  | {
      readonly type: 'text' | 'thinking';
      readonly fragments: readonly string[];
      readonly signature: string | null;
    }
  | { readonly type: 'redacted'; readonly data: string }
  | {
      readonly type: 'call';
      readonly id: string;
      readonly name: string;
      readonly fragments: readonly string[];
    };

const anyPiece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), fragments: someFragments, signature: fc.constant(null) }),
  fc.record({ type: fc.constant('thinking' as const), fragments, signature: fc.option(words) }),
  fc.record({ type: fc.constant('redacted' as const), data: words }),
  fc.record({ type: fc.constant('call' as const), id: identifier, name: identifier, fragments }),
);

function eventsOf(piece: Piece): StreamEvent[] {
  switch (piece.type) {
    case 'text':
      return piece.fragments.map((text) => ({ type: 'text-delta', text }));
    case 'thinking': {
      const deltas = piece.fragments.map((text): StreamEvent => ({ type: 'thinking-delta', text }));
      const { signature } = piece;
      return signature === null ? deltas : [...deltas, { type: 'thinking-signature', signature }];
    }
    case 'redacted':
      return [{ type: 'redacted-thinking', data: piece.data }];
    case 'call':
      return [
        { type: 'tool-call-start', id: piece.id, name: piece.name },
        ...piece.fragments.map((text): StreamEvent => ({ type: 'tool-call-delta', arguments: text })),
        { type: 'tool-call-end' },
      ];
  }
}

function partOf(piece: Piece): ReplyPart {
  switch (piece.type) {
    case 'text':
      return { type: 'text', text: piece.fragments.join('') };
    case 'thinking':
      return { type: 'thinking', text: piece.fragments.join(''), signature: piece.signature };
    case 'redacted':
      return { type: 'redacted-thinking', data: piece.data };
    case 'call':
      return { type: 'tool-call', id: piece.id, name: piece.name, arguments: piece.fragments.join('') };
  }
}

/** Two adjacent thinking blocks cannot be distinguished in events if the first is unsigned. */
function isDistinguishable(pieces: readonly Piece[]): boolean {
  return pieces.every((piece, index) => {
    const next = pieces[index + 1];
    return piece.type !== 'thinking' || piece.signature !== null || next?.type !== 'thinking';
  });
}

const finishes: fc.Arbitrary<FinishReason> = fc.constantFrom(
  'stop',
  'length',
  'tool-calls',
  'content-filter',
);
const usage: ChatReply['usage'] = {
  inputTokens: 5,
  outputTokens: 7,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: 2,
};

test('the openai package assembles any stream into the reply that is sent unstreamed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyPiece, { maxLength: 6 }).filter(isDistinguishable),
      finishes,
      fc.boolean(),
      async (pieces, finish, includeUsage) => {
        const last: StreamEvent = { type: 'reply-finish', reason: finish, stopSequence: null, usage };
        const stream = streamed([START, ...pieces.flatMap(eventsOf), last], { includeUsage });
        const read = await understood(stream);
        const whole = completion(replyOf(pieces.map(partOf), { finish, usage }));

        const [choice] = whole.choices;
        const { reasoning_content: reasoning, ...message } = choice!.message;
        const {
          reasoning_content: _last,
          parsed: _parsed,
          ...understoodMessage
        } = read.choices[0]!.message as unknown as Record<string, unknown>;
        // The helper starts with the empty text of the first chunk, and keeps only the last fragment of thinking.
        expect({
          ...understoodMessage,
          content: understoodMessage['content'] === '' ? null : understoodMessage['content'],
        }).toEqual(message);
        expect(reasoning ?? '').toBe(thinkingIn(stream));
        expect(read.choices[0]!.finish_reason).toBe(choice!.finish_reason);
        expect(read).toMatchObject({ id: whole.id, created: whole.created, model: whole.model });
        if (includeUsage) expect(read.usage).toEqual(whole.usage);
      },
    ),
    { numRuns: 300 },
  );
}, 20_000);

/** Clients that read thinking concatenate its deltas themselves. */
function thinkingIn(stream: string): string {
  const events = stream.split('\n\n').filter((event) => event.startsWith('data: {'));
  return events
    .flatMap((event) => (JSON.parse(event.slice(6)) as OpenAI.Chat.ChatCompletionChunk).choices)
    .map((choice) => (choice.delta as { reasoning_content?: string }).reasoning_content ?? '')
    .join('');
}

test('the openai package rejects a stream without a finish, so the property above can fail', async () => {
  const cut = streamed([START, { type: 'text-delta', text: 'a' }]);
  await expect(understood(cut)).rejects.toThrow(/finish_reason/);
});
