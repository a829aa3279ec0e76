import type {
  ChatMessage,
  ChatReply,
  ChatRequest,
  Part,
  ReplyPart,
  TextPart,
} from '../../src/protocol/chat.ts';
import type { StreamEvent } from '../../src/protocol/stream-event.ts';
import { parseExact } from '../../src/wire/json/exact.ts';

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
  const extras = Object.entries(request.extras ?? {}).filter(([, value]) => value !== undefined);
  return {
    ...request,
    extras: Object.fromEntries(extras),
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

/** Is it white space alone, or nothing? */
export function isBlank(text: string | null): boolean {
  return text === null || text.trim() === '';
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
