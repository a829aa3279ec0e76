import type {
  CacheBreakpoint,
  ChatMessage,
  ChatReply,
  ChatRequest,
  Part,
  ReplyPart,
  TextPart,
} from '../../src/protocol/chat.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import { parseExact } from '../../src/wire/json/exact.ts';

/** Maximum number of cache breakpoints that a Messages request may hold. */
const MAX_MARKS = 4;
const PLAIN_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * What OpenAI's chat wire and the Messages wire can both say, of any request: this must come through either of them
 * unchanged and without a warning. Taken away is
 *
 * - system turns but those in front and those right before an answer (Messages has no others), a last turn of the
 *   assistant (a prefill, which must not end in blanks and not every model takes);
 * - of turns: blank text, thinking (OpenAI's wire has none in requests, the Messages wire only signed ones); of a
 *   tool's result, that it is an error (OpenAI: words before its text) and all but text (OpenAI: moved behind it);
 * - of pictures their `detail` (Messages has none); documents that are not PDF bytes with a name (OpenAI takes no
 *   address, inlines text, and demands a name);
 * - cache breakpoints but four plain ones of system and user turns (OpenAI has no marks elsewhere, and other lifetimes);
 * - of arguments what is no object; of tools odd and long names (72) and blank descriptions;
 * - `json-object` (Messages: an instruction), and of a schema its name, description and strictness;
 * - of thinking the budget and display (OpenAI has efforts alone) and efforts below `low`; beside thinking, sampling
 *   (Messages refuses it); a temperature over 1 and `top_p` beside one (Messages);
 * - a missing limit (Messages demands one), blank stop sequences, user names over 64 characters (OpenAI).
 */
export function sayable(request: ChatRequest): ChatRequest {
  const tools = request.tools.filter(({ name }) => PLAIN_NAME.test(name));
  const known = new Set(tools.map(({ name }) => name));
  const { toolChoice, reasoning, format } = request;
  const effort = reasoning?.effort === 'minimal' ? null : (reasoning?.effort ?? null);
  const samples = effort === null || effort === 'none';
  const temperature = samples && (request.temperature ?? 0) <= 1 ? request.temperature : null;
  const forgotten = toolChoice?.type === 'tool' && !known.has(toolChoice.name);
  return {
    ...request,
    messages: sayableTurns(
      limitMarks(
        request.messages.map(({ role, parts }) => ({ role, parts: sayableParts(parts, role, known) })),
      ),
    ),
    tools: tools.map(({ description, ...tool }) => ({
      ...tool,
      description: isBlank(description) ? null : description,
      cache: null,
    })),
    toolChoice: tools.length === 0 || forgotten ? null : toolChoice,
    parallelTools: tools.length === 0 ? null : request.parallelTools,
    format:
      format?.type === 'json-schema'
        ? { ...format, name: 'response', description: null, strict: null }
        : null,
    reasoning: effort === null ? null : { effort, budgetTokens: null, display: null },
    maxOutputTokens: request.maxOutputTokens ?? 100,
    temperature,
    topP: samples && temperature === null ? request.topP : null,
    topK: samples ? request.topK : null,
    stop: request.stop.filter((text) => !isBlank(text)),
    user: (request.user?.length ?? 0) > 64 ? null : request.user,
  };
}

function sayableParts(parts: readonly Part[], role: ChatMessage['role'], tools: ReadonlySet<string>): Part[] {
  const calls = new Set<string>();
  const kept = parts.flatMap((part): Part[] => {
    const cache = role === 'assistant' ? null : plainMark('cache' in part ? part.cache : null);
    switch (part.type) {
      case 'text':
        return isBlank(part.text) ? [] : [{ ...part, cache }];
      case 'image':
        return [{ ...part, detail: null, cache }];
      case 'document':
        if (part.source.kind === 'url' || part.source.mediaType !== 'application/pdf') return [];
        return [{ ...part, name: part.name ?? 'document.pdf', cache }];
      case 'thinking':
      case 'redacted-thinking':
        return [];
      case 'tool-call':
        if (!isObject(part.arguments) || !PLAIN_NAME.test(part.id)) return [];
        calls.add(part.id);
        return tools.has(part.name) ? [part] : [];
      case 'tool-result': {
        const content = part.content.filter((item) => item.type === 'text' && !isBlank(item.text));
        return [
          {
            ...part,
            content: content.map((item) => ({ ...item, cache: null })),
            isError: false,
            cache: null,
          },
        ];
      }
    }
  });
  return kept;
}

/** Results whose calls were taken away go too, and of cache breakpoints only the first four stay. */
function limitMarks(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const calls = new Set(
    messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []))),
  );
  let marks = 0;
  return messages
    .map(({ role, parts }) => ({
      role,
      parts: parts
        .filter((part) => part.type !== 'tool-result' || calls.has(part.callId))
        .map((part) => {
          if (!('cache' in part) || part.cache === null) return part;
          marks += 1;
          return marks > MAX_MARKS ? { ...part, cache: null } : part;
        }),
    }))
    .filter(({ parts }) => parts.length > 0);
}

function sayableTurns(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const first = messages.findIndex(({ role }) => role !== 'system');
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return messages.slice(0, last + 1).filter(({ role }, index) => {
    if (role !== 'system' || index < first) return true;
    return messages[index - 1]?.role === 'user' && messages[index + 1]?.role === 'assistant';
  });
}

function plainMark(cache: CacheBreakpoint | null): CacheBreakpoint | null {
  return cache?.ttl === null ? cache : null;
}

/**
 * One spelling for what means the same on every wire: neighbouring turns of one role are one turn; texts that follow
 * each other are one, joined by a line end, those of the assistant directly; of an assistant's turn thinking comes
 * first, then text, then calls, of a user's the results; arguments are JSON without blanks; a free choice of tools
 * that may be called together is what holds anyway, and so is a tool that is not strict.
 */
export function plain(request: ChatRequest): ChatRequest {
  const merged: { role: ChatMessage['role']; parts: Part[] }[] = [];
  for (const { role, parts } of request.messages) {
    const last = merged.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else merged.push({ role, parts: [...parts] });
  }
  const { tools, toolChoice, parallelTools } = request;
  const choice = tools.length === 0 ? null : (toolChoice ?? { type: 'auto' });
  return {
    ...request,
    messages: merged.map(({ role, parts }) => ({ role, parts: plainParts(role, parts) })),
    tools: tools.map((tool) => ({ ...tool, strict: tool.strict === true ? true : null })),
    toolChoice: choice,
    parallelTools: parallelTools === false && choice?.type !== 'none' ? false : null,
  };
}

const ORDER: readonly Part['type'][] = ['tool-result', 'redacted-thinking', 'thinking', 'text', 'tool-call'];

function plainParts(role: ChatMessage['role'], parts: readonly Part[]): Part[] {
  const rank = ({ type }: Part): number => {
    if (role === 'assistant') return ORDER.indexOf(type);
    return type === 'tool-result' ? 0 : 1;
  };
  return joinTexts(
    parts.toSorted((a, b) => rank(a) - rank(b)),
    role === 'assistant' ? '' : '\n',
  ).map((part) => {
    if (part.type === 'tool-call') return { ...part, arguments: compact(part.arguments) };
    if (part.type !== 'tool-result') return part;
    return { ...part, content: joinTexts(part.content, '\n') };
  });
}

function joinTexts<Item extends Part>(parts: readonly Item[], between: string): Item[] {
  const joined: Item[] = [];
  for (const part of parts) {
    const last: Part | undefined = joined.at(-1);
    if (last?.type === 'text' && part.type === 'text' && last.cache === null) {
      const both: TextPart = { ...part, text: last.text + between + part.text };
      joined[joined.length - 1] = both as Item;
    } else joined.push(part);
  }
  return joined;
}

/** JSON without blanks, its numbers as they were written. */
export function compact(json: string): string {
  return JSON.stringify(parseExact(json));
}

function isObject(json: string): boolean {
  return json.startsWith('{');
}

export function isBlank(text: string | null): boolean {
  return text === null || text.trim() === '';
}

/**
 * What both wires can say of a reply: all but signatures and redacted thinking, which OpenAI's wire has no words for
 * (its clients are told them in a field beside, which no upstream sends), and the stop sequence that was hit.
 */
export function sayableReply(reply: ChatReply): ChatReply {
  const parts = reply.parts.flatMap((part): ReplyPart[] => {
    if (part.type === 'redacted-thinking') return [];
    return [part.type === 'thinking' ? { ...part, signature: null } : part];
  });
  return {
    ...reply,
    parts: parts.filter((part) => part.type !== 'tool-call' || isObject(part.arguments)),
    stopSequence: null,
  };
}

/**
 * One spelling of a reply: the id without its vendor's dress, texts and thinking that follow each other joined, arguments
 * without blanks, unknown cached tokens as none. `grouped`: thinking, then text, then calls, as OpenAI's whole
 * replies have them.
 */
export function plainReply(reply: ChatReply, grouped: boolean): ChatReply {
  const rank = ({ type }: ReplyPart): number => (grouped ? ORDER.indexOf(type) : 0);
  const parts: ReplyPart[] = [];
  for (const part of reply.parts.toSorted((a, b) => rank(a) - rank(b))) {
    const last = parts.at(-1);
    if (part.type === 'text' && last?.type === 'text')
      parts[parts.length - 1] = { ...part, text: last.text + part.text };
    else if (part.type === 'thinking' && last?.type === 'thinking' && last.signature === null) {
      parts[parts.length - 1] = { ...part, text: last.text + part.text };
    } else if (part.type === 'tool-call') parts.push({ ...part, arguments: compact(part.arguments) });
    else parts.push(part);
  }
  const calls = parts.some(({ type }) => type === 'tool-call');
  const { usage } = reply;
  return {
    ...reply,
    id: reply.id?.replace(/^(?:msg_|chatcmpl-)/, '') ?? null,
    parts,
    finish: reply.finish === 'tool-calls' && !calls ? 'stop' : reply.finish,
    usage: usage === null ? null : { ...usage, cachedInputTokens: usage.cachedInputTokens ?? 0 },
  };
}

/** The reply that a stream's events make up. */
export function replyOfEvents(events: readonly StreamEvent[]): ChatReply {
  const parts: ReplyPart[] = [];
  let reply: ChatReply | null = null;
  let refusal: string | null = null;
  for (const event of events) {
    const last = parts.at(-1);
    switch (event.type) {
      case 'reply-start': {
        const { id, model, usage } = event;
        reply = { id, model, usage, parts, refusal: null, finish: 'stop', stopSequence: null };
        break;
      }
      case 'text-delta':
        parts.push({ type: 'text', text: event.text });
        break;
      case 'thinking-delta':
        if (last?.type === 'thinking' && last.signature === null) {
          parts[parts.length - 1] = { ...last, text: last.text + event.text };
        } else parts.push({ type: 'thinking', text: event.text, signature: null });
        break;
      case 'thinking-signature':
        if (last?.type === 'thinking') parts[parts.length - 1] = { ...last, signature: event.signature };
        break;
      case 'redacted-thinking':
        parts.push(event);
        break;
      case 'tool-call-start':
        parts.push({ type: 'tool-call', id: event.id, name: event.name, arguments: '' });
        break;
      case 'tool-call-delta':
        if (last?.type === 'tool-call') {
          parts[parts.length - 1] = { ...last, arguments: last.arguments + event.arguments };
        }
        break;
      case 'tool-call-end':
        break;
      case 'refusal-delta':
        refusal = (refusal ?? '') + event.text;
        break;
      case 'reply-finish':
        if (reply === null) break;
        return {
          ...reply,
          refusal,
          finish: event.reason,
          stopSequence: event.stopSequence,
          usage: event.usage,
        };
    }
  }
  throw new Error('the stream has no finish');
}
