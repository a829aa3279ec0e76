import type { ChatMessage, ChatRequest } from '../../../src/protocol/chat.ts';
import type { ModelRules } from '../../../src/protocol/model-rules.ts';
import { claudeRules } from '../../../src/providers/anthropic/rules.ts';
import { messagesCodec } from '../../../src/wire/anthropic-messages/codec.ts';
import { replyContext, USER } from '../openai-client.ts';
import { isBlank, plain } from '../sayable.ts';
import { eachPart, inMessagesWords, withoutNamed } from '../told.ts';
import { target } from '../wire.ts';
import { inTurn, onlyExtras, setting, signedThinking } from './edits.ts';
import { replyParts, travelOver, type TestServer, type TestWire, type Travelled } from './test-wire.ts';

/** Maximum number of cache breakpoints that a Messages request may hold. */
const MAX_MARKS = 4;

/** A model that supports everything in the Messages wire. */
const WILLING: ModelRules = {
  sampling: true,
  manualThinking: true,
  adaptiveThinking: true,
  withoutThinking: 'always',
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  forcedToolChoice: true,
  jsonSchema: true,
  prefill: true,
  systemTurns: true,
  documents: true,
  maxOutputTokens: 64_000,
};

const MODELS: readonly string[] = [
  ...['another model', 'claude-3-5-haiku-20241022', 'claude-sonnet-4-5', 'claude-opus-4-6'],
  'claude-opus-5-5',
];

const over =
  (rules: ModelRules | null) =>
  (request: ChatRequest): Travelled =>
    travelOver('anthropic-messages', messagesCodec, request, target({ rules }), { unaryAsStream: false });

function server(name: string, rules: ModelRules | null): TestServer {
  const compared: TestServer['words'] = (request, warnings) =>
    plain(inMessagesWords(withoutNamed(request, warnings), rules));
  return { name, travel: over(rules), asked: (request) => request, words: compared, arrived: compared };
}

/** System turns in front and right before an answer, and the first breakpoints. */
function fewMarks(request: ChatRequest): ChatRequest {
  const { messages } = request;
  const first = messages.findIndex(({ role }) => role !== 'system');
  const kept = messages.filter(({ role }, index) => {
    if (role !== 'system' || index < first) return true;
    return messages[index - 1]?.role === 'user' && messages[index + 1]?.role === 'assistant';
  });
  let marks = 0;
  const limited = kept.map(({ role, parts }): ChatMessage => ({
    role,
    parts: parts.map((part) => {
      if (!('cache' in part) || part.cache === null) return part;
      marks += 1;
      return marks > MAX_MARKS ? { ...part, cache: null } : part;
    }),
  }));
  return { ...request, messages: limited };
}

/** It demands a limit, refuses sampling beside thinking, and knows no format but a schema without a name. */
const settings = setting((request) => {
  const { reasoning, format } = request;
  const effort = reasoning?.effort === 'minimal' ? null : (reasoning?.effort ?? null);
  const samples = effort === null || effort === 'none';
  const temperature = samples && (request.temperature ?? 0) <= 1 ? request.temperature : null;
  return {
    format:
      format?.type === 'json-schema'
        ? { ...format, name: 'response', description: null, strict: null }
        : null,
    reasoning: effort === null ? null : { effort, budgetTokens: null, display: reasoning?.display ?? null },
    maxOutputTokens: request.maxOutputTokens ?? 100,
    temperature,
    topP: samples && temperature === null ? request.topP : null,
    topK: samples ? request.topK : null,
    stop: request.stop.filter((text) => !isBlank(text)),
  };
});

export const MESSAGES: TestWire = {
  name: 'anthropic-messages',
  sayable: inTurn(
    signedThinking,
    eachPart((part) => (part.type === 'image' ? { ...part, detail: null } : part)),
    fewMarks,
    settings,
    // Thinking that is switched off is not shown.
    setting(({ reasoning }) => ({
      reasoning: reasoning?.effort === 'none' ? { ...reasoning, display: null } : reasoning,
    })),
    onlyExtras([]),
  ),
  sayableReply: (reply) => reply,
  isGrouped: false,
  hasIds: true,
  travel: over(WILLING),
  servers: [
    server('a model that supports everything', WILLING),
    ...MODELS.map((model) => server(model, claudeRules(model))),
  ],
  ...replyParts('anthropic-messages', messagesCodec, replyContext(), ({ content }) => ({
    max_tokens: 5,
    messages: [USER, { role: 'assistant', content }],
  })),
  returned: (reply) => ({
    ...reply,
    // No vendor accepts unsigned thinking.
    parts: reply.parts.filter((part) => part.type !== 'thinking' || part.signature !== null),
  }),
};
