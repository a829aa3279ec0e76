import type { ChatMessage, ChatRequest, Part, TextPart, ToolResultPart } from '../../../src/protocol/chat.ts';
import type { Warning } from '../../../src/protocol/wire.ts';
import { ollamaChatCodec } from '../../../src/wire/ollama-chat/codec.ts';
import { sniffMediaType } from '../../../src/wire/fields/data-url.ts';
import { replyContext, USER } from '../openai-client.ts';
import { isBlank, plain } from '../sayable.ts';
import { eachPart, effortOf, filterParts, openAiPart, withoutNamed } from '../told.ts';
import { target } from '../wire.ts';
import {
  inTurn,
  onlyExtras,
  plainThinking,
  setting,
  textResults,
  turnsOf,
  unmarked,
  unsignedReply,
} from './edits.ts';
import { replyParts, travelOver, type TestServer, type TestWire, type Travelled } from './test-wire.ts';

/** To a model whose thinking has levels, or to one that only takes true and false. */
const over =
  (hasLevels: (request: ChatRequest) => boolean) =>
  (request: ChatRequest): Travelled =>
    travelOver('ollama-chat', ollamaChatCodec, request, target({ reasons: true }), {
      unaryAsStream: false,
      thinkLevels: hasLevels(request) ? /./ : /^$/,
    });

/** Pictures are bytes without a kind, which is read from their beginning. */
const bareImages = eachPart((part) => {
  if (part.type !== 'image' || part.source.kind === 'url') return part;
  const mediaType = sniffMediaType(part.source.data) ?? 'image/png';
  return {
    ...part,
    source: { ...part.source, mediaType },
    detail: part.detail === 'auto' ? null : part.detail,
  };
});

const undetailed = eachPart((part) => (part.type === 'image' ? { ...part, detail: null } : part));

const withoutUrls = filterParts(
  (part) => (part.type !== 'image' && part.type !== 'document') || part.source.kind !== 'url',
);

/** The user speaks first. */
const userFirst = (request: ChatRequest): ChatRequest => {
  const first = request.messages.findIndex(({ role }) => role === 'user');
  const { messages } = request;
  return { ...request, messages: messages.filter(({ role }, at) => role === 'system' || at >= first) };
};

/** A turn is one text, and pictures beside it. */
function textsFirst(parts: readonly Part[]): readonly Part[] {
  const rank = ({ type }: Part): number => ['tool-result', 'text', 'image'].indexOf(type);
  return parts.toSorted((a, b) => rank(a) - rank(b));
}

const systemInFront = (request: ChatRequest): ChatRequest => {
  const first = request.messages.findIndex(({ role }) => role !== 'system');
  return {
    ...request,
    messages: request.messages.filter(({ role }, index) => role !== 'system' || index < first),
  };
};

const settings = setting(({ reasoning, toolChoice, format, tools }) => {
  const effort = ['none', 'low', 'medium', 'high'].find((each) => each === reasoning?.effort) ?? null;
  return {
    reasoning:
      effort === null || reasoning === null ? null : { ...reasoning, budgetTokens: null, display: null },
    toolChoice: toolChoice?.type === 'auto' ? toolChoice : null,
    parallelTools: null,
    tools: tools.map((tool) => ({ ...tool, strict: null })),
    format:
      format?.type === 'json-schema'
        ? { ...format, name: 'response', description: null, strict: null }
        : format,
    user: null,
    serviceTier: null,
  };
});

/** As a chat template of Ollama reads it: OpenAI's words in turns that alternate, system text in front. */
function inOllamaWords(request: ChatRequest): ChatRequest {
  const { reasoning, format } = request;
  const effort = reasoning?.effort ?? effortOf(reasoning?.budgetTokens ?? null);
  return {
    ...request,
    messages: ollamaTurns(request.messages),
    format: format?.type === 'json-schema' ? { ...format, name: 'response', strict: null } : format,
    reasoning: effort === null ? null : { effort, budgetTokens: null, display: null },
  };
}

function ollamaTurns(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const front: Part[] = [];
  const turns: ChatMessage[] = [];
  const names = new Map<string, string>();
  for (const { role, parts } of messages) {
    for (const part of parts) if (part.type === 'tool-call') names.set(part.id, part.name);
    if (role !== 'system') turns.push({ role, parts: ollamaParts(parts, names) });
    else if (turns.some((turn) => turn.role === 'assistant')) turns.push(marked(parts));
    else front.push(...parts);
  }
  const joined: { role: ChatMessage['role']; parts: Part[] }[] = [];
  for (const { role, parts } of turns) {
    const last = joined.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else joined.push({ role, parts: [...parts] });
  }
  const ordered = joined.map((turn) =>
    turn.role === 'user' ? { ...turn, parts: textsFirst(turn.parts) } : turn,
  );
  return front.length === 0 ? ordered : [{ role: 'system', parts: front }, ...ordered];
}

function marked(parts: readonly Part[]): ChatMessage {
  const text = parts.map((part) => (part as TextPart).text).join('\n');
  const words = `<system-reminder>\n${text}\n</system-reminder>`;
  return { role: 'user', parts: [{ type: 'text', text: words, cache: null }] };
}

/** Results come first, then their pictures; thinking is one text. */
function ollamaParts(parts: readonly Part[], names: ReadonlyMap<string, string>): Part[] {
  const results: Part[] = [];
  const moved: Part[] = [];
  const rest: Part[] = [];
  const thinking = parts.flatMap((part) => (part.type === 'thinking' ? [part.text] : [])).join('');
  if (thinking !== '') rest.push({ type: 'thinking', text: thinking, signature: null });
  for (const part of parts) {
    if (part.type === 'tool-result') results.push(ollamaResult(part, names, moved));
    else if (part.type !== 'thinking') rest.push(openAiPart(part));
  }
  return [...results, ...moved, ...rest];
}

function ollamaResult(result: ToolResultPart, names: ReadonlyMap<string, string>, moved: Part[]): Part {
  const texts: string[] = [];
  const media: Part[] = [];
  for (const item of result.content.map(openAiPart)) {
    if (item.type === 'text') texts.push(item.text);
    else media.push(item);
  }
  if (media.length > 0) {
    const name = `${names.get(result.callId) ?? ''} (${result.callId})`;
    moved.push({ type: 'text', text: `From the result of the tool call ${name}:`, cache: null }, ...media);
    if (texts.length === 0) texts.push('The result is in the next message.');
  }
  const text = (result.isError ? 'Error: ' : '') + texts.join('\n');
  return {
    ...result,
    content: text === '' ? [] : [{ type: 'text', text, cache: null }],
    isError: false,
    cache: null,
  };
}

/** That system text moves is in the words already. */
const others = (warnings: readonly Warning[]): readonly Warning[] =>
  warnings.filter(({ detail }) => !detail.startsWith('messages (system turn'));

function isBlankFile(data: string): boolean {
  return isBlank(Buffer.from(data, 'base64').toString());
}

function isAccepted(part: Part): boolean {
  if (part.type === 'text') return !isBlank(part.text);
  if (part.type !== 'image' && part.type !== 'document') return true;
  const { source } = part;
  if (source.kind === 'url') return false;
  return part.type === 'image' || (source.mediaType === 'text/plain' && !isBlankFile(source.data));
}

function server(name: string, hasLevels: boolean): TestServer {
  const compared: TestServer['words'] = (request, warnings) =>
    plain(unmarked(withoutNamed(request, others(warnings))));
  return {
    name,
    travel: over(() => hasLevels),
    // Blank texts say nothing; addresses and files are refused.
    asked: eachPart((part) => (isAccepted(part) ? part : { type: 'text', text: 'x', cache: null })),
    words: (request, warnings) =>
      compared(
        unmarkedIfNamed(inOllamaWords(bareImages(withoutEncrypted(request, warnings))), warnings),
        warnings,
      ),
    arrived: compared,
  };
}

/** A turn of nothing but encrypted thinking is none, so that system text after it is still in front. */
function withoutEncrypted(request: ChatRequest, warnings: readonly Warning[]): ChatRequest {
  if (!warnings.some(({ detail }) => detail === 'messages.redacted-thinking')) return request;
  return filterParts(({ type }) => type !== 'redacted-thinking')(request);
}

/** Marks must be named, if there are any. */
function unmarkedIfNamed(request: ChatRequest, warnings: readonly Warning[]): ChatRequest {
  const isNamed = warnings.some(({ detail }) => detail === 'messages.cache_control');
  const isMarked = request.messages.some(({ parts }) =>
    parts.some((part) => 'cache' in part && part.cache !== null),
  );
  if (isMarked && !isNamed) throw new Error('cache breakpoints are lost without a warning');
  return unmarked(request);
}

export const OLLAMA: TestWire = {
  name: 'ollama-chat',
  sayable: inTurn(
    plainThinking,
    textResults,
    unmarked,
    withoutUrls,
    filterParts(({ type }) => type !== 'document'),
    bareImages,
    undetailed,
    systemInFront,
    userFirst,
    turnsOf('user', textsFirst),
    settings,
    onlyExtras([
      ...(['seed', 'frequency_penalty', 'presence_penalty', 'min_p', 'repeat_penalty', 'num_ctx'] as const),
      'keep_alive',
    ]),
  ),
  sayableReply: (reply) => {
    const { inputTokens, outputTokens } = reply.usage ?? { inputTokens: 0, outputTokens: 0 };
    const hasCalls = reply.parts.some(({ type }) => type === 'tool-call');
    const none = { cachedInputTokens: null, reasoningTokens: null, cacheWriteTokens: null };
    return {
      ...unsignedReply(reply),
      refusal: null,
      // A call is whole or not there, so that no limit has cut it off.
      finish: hasCalls && reply.finish === 'length' ? 'tool-calls' : reply.finish,
      usage: { inputTokens, outputTokens, ...none },
    };
  },
  isGrouped: true,
  hasIds: false,
  travel: over((request) => request.reasoning?.effort !== 'none'),
  servers: [server('a model with levels of thinking', true), server('a model that thinks or not', false)],
  ...replyParts('ollama-chat', ollamaChatCodec, replyContext(), ({ message }) => ({
    messages: [USER, message],
  })),
  returned: (reply) => {
    const { parts, ...rest } = unsignedReply(reply);
    // Thinking is one text.
    const text = parts.flatMap((part) => (part.type === 'thinking' ? [part.text] : [])).join('');
    const left = parts.filter(({ type }) => type !== 'thinking');
    return {
      ...rest,
      parts: text === '' ? left : [{ type: 'thinking', text, signature: null }, ...left],
    };
  },
};
