import type {
  CacheBreakpoint,
  ChatMessage,
  ChatReply,
  ChatRequest,
  ExtraField,
  Part,
  ReplyPart,
} from '../../../src/protocol/chat.ts';
import { isBlank } from '../sayable.ts';
import { eachPart, filterParts, type Edit } from '../told.ts';

const PLAIN_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Edits in a row. */
export function inTurn(...edits: readonly Edit[]): Edit {
  return (request) => edits.reduce((left, edit) => edit(left), request);
}

/** Changes some settings. */
export function setting(changes: (request: ChatRequest) => Partial<ChatRequest>): Edit {
  return (request) => ({ ...request, ...changes(request) });
}

/** Edits the turns of one role. */
export function turnsOf(role: ChatMessage['role'], edit: (parts: readonly Part[]) => readonly Part[]): Edit {
  return (request) => ({
    ...request,
    messages: request.messages
      .map((turn) => (turn.role === role ? { role, parts: edit(turn.parts) } : turn))
      .filter(({ parts }) => parts.length > 0),
  });
}

/** Only these extra fields. */
export function onlyExtras(names: readonly ExtraField[]): Edit {
  return setting(({ extras = {} }) => ({
    extras: Object.fromEntries(
      Object.entries(extras).filter(([name]) => names.some((each) => each === name)),
    ),
  }));
}

/** Results of text alone, for wires that move media out of them. */
export const textResults: Edit = eachPart((part) =>
  part.type === 'tool-result'
    ? { ...part, content: part.content.filter((item) => item.type === 'text') }
    : part,
);

/** Thinking as one text without signature, in front; the signed is taken away. */
export const plainThinking: Edit = inTurn(
  filterParts(
    (part) => part.type !== 'redacted-thinking' && !('signature' in part && part.signature !== null),
  ),
  turnsOf('assistant', (parts) => {
    const text = parts.flatMap((part) => (part.type === 'thinking' ? [part.text] : [])).join('');
    const others = parts.filter(({ type }) => type !== 'thinking');
    return text === '' ? others : [{ type: 'thinking', text, signature: null }, ...others];
  }),
);

/** Thinking only with its signature. */
export const signedThinking: Edit = filterParts(
  (part) => part.type !== 'thinking' || part.signature !== null,
);

/** No cache breakpoints in parts. */
export const unmarked: Edit = eachPart((part) => ('cache' in part ? { ...part, cache: null } : part));

/** A PDF in the request has a name, and its kind is the only one. */
export const namedPdfs: Edit = inTurn(
  filterParts(
    (part) =>
      part.type !== 'document' ||
      (part.source.kind === 'base64' && part.source.mediaType === 'application/pdf'),
  ),
  eachPart((part) => (part.type === 'document' ? { ...part, name: part.name ?? 'document.pdf' } : part)),
);

/**
 * What no wire says, or each in other words (see `plain`): odd names and ids, arguments that are no object, blank
 * texts, failed results, breakpoints within answers and results, budgets of thinking.
 */
export const common: Edit = (request) => {
  const tools = request.tools
    .filter(({ name }) => PLAIN_NAME.test(name))
    .map((tool) => ({
      ...tool,
      description: isBlank(tool.description) ? null : tool.description,
      cache: null,
    }));
  const { toolChoice, reasoning } = request;
  const known = new Set(tools.map(({ name }) => name));
  const isForgotten = toolChoice?.type === 'tool' && !known.has(toolChoice.name);
  const { messages } = filterParts((part) => saidEverywhere(part, known))(request);
  return {
    ...request,
    messages: joined(withoutOrphans(messages).map(plainlyMarked)),
    tools,
    toolChoice: tools.length === 0 || isForgotten ? null : toolChoice,
    parallelTools: tools.length === 0 ? null : request.parallelTools,
    reasoning: reasoning === null || reasoning.effort === null ? null : { ...reasoning, budgetTokens: null },
  };
};

function saidEverywhere(part: Part, tools: ReadonlySet<string>): boolean {
  if (part.type === 'text') return !isBlank(part.text);
  if (part.type === 'thinking') return !isBlank(part.text);
  if (part.type !== 'tool-call') return true;
  return tools.has(part.name) && part.arguments.startsWith('{') && PLAIN_NAME.test(part.id);
}

function withoutOrphans(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const calls = new Set(
    messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []))),
  );
  return messages.map(({ role, parts }) => ({
    role,
    parts: parts.filter((part) => part.type !== 'tool-result' || calls.has(part.callId)),
  }));
}

function plainlyMarked({ role, parts }: ChatMessage): ChatMessage {
  return {
    role,
    parts: parts.map((part) => {
      if (part.type === 'tool-result') {
        const content = part.content.map((item) => ({ ...item, cache: null }));
        return { ...part, content, isError: false, cache: null };
      }
      if (!('cache' in part)) return part;
      return { ...part, cache: role === 'assistant' ? null : plainMark(part.cache) };
    }),
  };
}

function plainMark(cache: CacheBreakpoint | null): CacheBreakpoint | null {
  return cache?.ttl === null ? cache : null;
}

/** Turns of one role that follow each other as one, results first; none is empty, and the last one is the user's. */
function joined(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const turns: { role: ChatMessage['role']; parts: Part[] }[] = [];
  for (const { role, parts } of messages) {
    const last = turns.at(-1);
    if (parts.length === 0) continue;
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  }
  const end = turns.findLastIndex(({ role }) => role === 'user');
  const rank = ({ type }: Part): number => (type === 'tool-result' ? 0 : 1);
  return turns.slice(0, end + 1).map(({ role, parts }) => ({
    role,
    parts: parts.toSorted((a, b) => rank(a) - rank(b)),
  }));
}

/** A reply without signatures, and without encrypted thinking. */
export function unsignedReply(reply: ChatReply): ChatReply {
  const parts = reply.parts.flatMap((part): ReplyPart[] => {
    if (part.type === 'redacted-thinking') return [];
    return [part.type === 'thinking' ? { ...part, signature: null } : part];
  });
  return { ...reply, parts };
}

/** A reply whose calls all have an object, and which names no stop sequence. */
export function commonReply(reply: ChatReply): ChatReply {
  const parts = reply.parts.filter((part) => part.type !== 'tool-call' || part.arguments.startsWith('{'));
  return { ...reply, parts, stopSequence: null };
}
