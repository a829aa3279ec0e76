import type { ChatRequest, ImagePart, DocumentPart, Part, TextPart } from '../../../src/protocol/chat.ts';
import { responsesCodec } from '../../../src/wire/openai-responses/codec.ts';
import { responsesDialect, type ResponsesFacts } from '../../../src/wire/openai-responses/dialect.ts';
import { replyContext, USER } from '../openai-client.ts';
import { plain } from '../sayable.ts';
import { eachPart, effortOf, filterParts, openAiPart, withoutNamed } from '../told.ts';
import { target } from '../wire.ts';
import { inTurn, onlyExtras, setting, signedThinking, turnsOf } from './edits.ts';
import { replyParts, travelOver, type TestServer, type TestWire, type Travelled } from './test-wire.ts';

/** A server that supports everything in the Responses API. */
const RICH: ResponsesFacts = {
  encryptsReasoning: true,
  traits: {
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    serviceTiers: ['auto', 'default'],
    cacheModels: /./,
  },
};

const over =
  (facts: ResponsesFacts) =>
  (request: ChatRequest): Travelled =>
    travelOver(
      'openai-responses',
      responsesCodec,
      request,
      target({ reasons: true }),
      responsesDialect(facts),
    );

/** Reasoning goes back only before what it led to. */
function withoutLastThinking(parts: readonly Part[]): readonly Part[] {
  return parts.slice(0, parts.findLastIndex(({ type }) => type === 'text' || type === 'tool-call') + 1);
}

/** Instructions are one text, unless a part of them ends a cached prefix. */
function oneInstruction(between: string, caches: boolean) {
  return (request: ChatRequest): ChatRequest => {
    const first = request.messages.findIndex(({ role }) => role !== 'system');
    const leading = first < 0 ? [] : request.messages.slice(0, first);
    const parts = leading.flatMap((turn) => turn.parts) as readonly TextPart[];
    if (parts.length === 0 || (caches && parts.some(({ cache }) => cache !== null))) return request;
    const text = parts.map((part) => part.text).join(between);
    const turn = { role: 'system' as const, parts: [{ type: 'text' as const, text, cache: null }] };
    return { ...request, messages: [turn, ...request.messages.slice(first)] };
  };
}

/**
 * As the Responses API words it: failed results begin with `Error:`, files of text are text, a file has a name, a picture
 * a detail, a budget is the effort nearest to it, and whoever wants to see the thinking gets its summary.
 */
function inResponsesWords(request: ChatRequest, caches: boolean): ChatRequest {
  const { reasoning } = request;
  const effort = reasoning?.effort ?? effortOf(reasoning?.budgetTokens ?? null);
  const isShown = reasoning !== null && (reasoning.budgetTokens ?? reasoning.display) !== null;
  const display = isShown && reasoning.display !== 'omitted' && effort !== 'none' ? 'summarized' : null;
  return {
    ...oneInstruction('\n\n', caches)(eachPart(responsesPart)(request)),
    reasoning: effort === null ? null : { effort, budgetTokens: null, display },
  };
}

type Content = TextPart | ImagePart | DocumentPart;

function responsesPart(part: Part): Part {
  const worded = openAiPart(part);
  if (worded.type !== 'tool-result') return worded;
  const content = worded.content.map((item) => openAiPart(item) as Content);
  if (!worded.isError) return { ...worded, content };
  const isText = content.every(({ type }) => type === 'text');
  const [first, ...rest] = content;
  const marked: Content[] =
    isText && first?.type === 'text'
      ? [{ ...first, text: `Error: ${first.text}` }, ...rest]
      : [{ type: 'text', text: isText ? 'Error: ' : 'Error:', cache: null }, ...content];
  return { ...worded, content: marked, isError: false };
}

const detailed = eachPart((part) =>
  part.type === 'image' && part.detail === 'auto' ? { ...part, detail: null } : part,
);

function server(name: string, facts: ResponsesFacts, caches: boolean): TestServer {
  const compared: TestServer['words'] = (request, warnings) =>
    plain(detailed(withoutNamed(request, warnings)));
  return {
    name,
    travel: over(facts),
    asked: (request) => request,
    words: (request, warnings) => compared(inResponsesWords(request, caches), warnings),
    arrived: compared,
  };
}

const settings = setting(({ user, reasoning }) => {
  const isShown = reasoning?.display === 'summarized' && reasoning.effort !== 'none';
  return {
    user: (user?.length ?? 0) > 64 ? null : user,
    reasoning: reasoning === null ? null : { ...reasoning, display: isShown ? 'summarized' : null },
    topK: null,
    stop: [],
  };
});

const media = inTurn(
  filterParts(
    (part) =>
      part.type !== 'document' || part.source.kind === 'url' || part.source.mediaType === 'application/pdf',
  ),
  eachPart((part) => {
    if (part.type !== 'document') return part;
    return { ...part, name: part.source.kind === 'url' ? null : (part.name ?? 'document.pdf') };
  }),
);

export const RESPONSES: TestWire = {
  name: 'openai-responses',
  sayable: inTurn(
    signedThinking,
    filterParts(({ type }) => type !== 'redacted-thinking'),
    turnsOf('assistant', withoutLastThinking),
    media,
    oneInstruction('\n', true),
    settings,
    onlyExtras(['verbosity', 'metadata', 'prompt_cache_key']),
  ),
  sayableReply: (reply) => ({
    ...reply,
    parts: reply.parts.filter(({ type }) => type !== 'redacted-thinking'),
  }),
  isGrouped: false,
  hasIds: true,
  travel: over(RICH),
  servers: [server('a server that supports everything', RICH, true), server('any server', {}, false)],
  ...replyParts(
    'openai-responses',
    responsesCodec,
    replyContext({ responses: { settings: {}, encrypted: true, tools: new Map() } }),
    ({ output }) => ({ input: [USER, ...(output as object[])] }),
  ),
  returned: (reply) => reply,
};
