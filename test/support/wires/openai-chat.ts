import { openAiChatCodec } from '../../../src/wire/openai-chat/codec.ts';
import type { OpenAiTraits } from '../../../src/wire/openai-chat/dialect.ts';
import type { ChatRequest } from '../../../src/protocol/chat.ts';
import { EXTRA_FIELDS } from '../conversations.ts';
import { replyContext, USER } from '../openai-client.ts';
import { plain } from '../sayable.ts';
import { inOpenAiWords, withoutNamed, withoutOpenAiNotes } from '../told.ts';
import { dialect, target } from '../wire.ts';
import { inTurn, namedPdfs, plainThinking, setting, textResults, unsignedReply } from './edits.ts';
import { replyParts, travelOver, type TestServer, type TestWire, type Travelled } from './test-wire.ts';

/** A server that supports everything in OpenAI's wire. */
const RICH: Partial<OpenAiTraits> = {
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  reasoningField: 'reasoning_content',
  topK: true,
  serviceTiers: ['auto', 'default'],
  cacheModels: /./,
  extras: EXTRA_FIELDS,
};

const over =
  (traits: Partial<OpenAiTraits>) =>
  (request: ChatRequest): Travelled =>
    travelOver('openai-chat', openAiChatCodec, request, target({ reasons: true }), dialect({ traits }));

function server(name: string, traits: Partial<OpenAiTraits>): TestServer {
  return {
    name,
    travel: over(traits),
    asked: (request) => request,
    words: (request, warnings) => plain(withoutNamed(inOpenAiWords(request), warnings)),
    arrived: (request, warnings) => plain(withoutNamed(withoutOpenAiNotes(request), warnings)),
  };
}

export const OPENAI_CHAT: TestWire = {
  name: 'openai-chat',
  sayable: inTurn(
    plainThinking,
    textResults,
    namedPdfs,
    setting(({ user, reasoning }) => ({
      user: (user?.length ?? 0) > 64 ? null : user,
      reasoning: reasoning === null ? null : { ...reasoning, display: null },
    })),
  ),
  sayableReply: unsignedReply,
  isGrouped: true,
  hasIds: true,
  travel: over(RICH),
  servers: [server('a server that supports everything', RICH), server('any server', {})],
  ...replyParts('openai-chat', openAiChatCodec, replyContext({ includeUsage: true }), ({ choices }) => ({
    messages: [USER, (choices as { message: object }[])[0]?.message],
  })),
  returned: (reply) => ({
    ...reply,
    // No vendor accepts unsigned thinking.
    parts: reply.parts.filter((part) => part.type !== 'thinking' || part.signature !== null),
  }),
};
