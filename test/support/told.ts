import type {
  ChatMessage,
  ChatRequest,
  ExtraField,
  Part,
  TextPart,
  ToolResultPart,
} from '../../src/protocol/chat.ts';
import type { ModelRules } from '../../src/protocol/model-rules.ts';
import type { Warning } from '../../src/protocol/wire.ts';
import { EXTRA_FIELDS } from './conversations.ts';
import { isBlank } from './sayable.ts';

/** A change of a request that a test expects. */
export type Edit = (request: ChatRequest) => ChatRequest;

const reasoningGone: Edit = (request) => ({ ...request, reasoning: null });
const topPGone: Edit = (request) => ({ ...request, topP: null });
const topKGone: Edit = (request) => ({ ...request, topK: null });
const temperatureGone: Edit = (request) => ({ ...request, temperature: null });

/** What each warning of the encoders names, by the beginning of its detail: taken away, the rest must be the same. */
const NAMED: readonly (readonly [detail: string, edit: Edit])[] = [
  ['messages (system turn sent as user turn)', systemAsUser],
  ['messages (system turn moved to the front)', (request) => request],
  ['messages.cache_control', withoutMarks(true)],
  ['tools.cache_control', withoutMarks(false)],
  ['cache breakpoints', (request) => withoutMarks(true)(withoutMarks(false)(request))],
  [
    'messages.thinking (unsigned)',
    filterParts((part) => part.type !== 'thinking' || part.signature !== null),
  ],
  ['messages.thinking', filterParts(({ type }) => type !== 'thinking')],
  ['messages.redacted-thinking', filterParts(({ type }) => type !== 'redacted-thinking')],
  ['messages.content (blank text)', filterParts((part) => part.type !== 'text' || !isBlank(part.text))],
  [
    'messages.image_url.detail',
    eachPart((part) => (part.type === 'image' ? { ...part, detail: null } : part)),
  ],
  [
    'messages.tool_calls (arguments wrapped)',
    eachPart((part) => (part.type === 'tool-call' ? { ...part, arguments: '{}' } : part)),
  ],
  [
    'tools.strict',
    (request) => ({ ...request, tools: request.tools.map((tool) => ({ ...tool, strict: null })) }),
  ],
  ['tools', (request) => ({ ...request, tools: [], toolChoice: null, parallelTools: null })],
  ['tool_choice', (request) => ({ ...request, toolChoice: null, tools: [] })],
  ['response_format.description', describedNowhere],
  ['response_format', (request) => ({ ...filterParts(isNoInstruction)(request), format: null })],
  ['reasoning_effort', reasoningGone],
  ['thinking.', reasoningGone],
  ['temperature', temperatureGone],
  ['top_p', topPGone],
  ['top_k', topKGone],
  ['max_tokens', (request) => ({ ...request, maxOutputTokens: null })],
  ['stop (blank)', (request) => ({ ...request, stop: request.stop.filter((text) => !isBlank(text)) })],
  ['stop', (request) => ({ ...request, stop: [] })],
  ['user', (request) => ({ ...request, user: null })],
  ['parallel_tool_calls', (request) => ({ ...request, parallelTools: null })],
  ['messages.file_url (name)', eachPart(withoutUrlName)],
  ...EXTRA_FIELDS.map((field): readonly [string, Edit] => [field, withoutExtra(field)]),
  ['service_tier', (request) => ({ ...request, serviceTier: null })],
];

function describedNowhere(request: ChatRequest): ChatRequest {
  const { format } = request;
  return format?.type === 'json-schema' ? { ...request, format: { ...format, description: null } } : request;
}

function withoutUrlName(part: Part): Part {
  return part.type === 'document' && part.source.kind === 'url' ? { ...part, name: null } : part;
}

function withoutExtra(field: ExtraField): Edit {
  return (request) => ({ ...request, extras: { ...request.extras, [field]: undefined } });
}

/** The request without what the warnings name. Throws where one names what is not known here. */
export function withoutNamed(request: ChatRequest, warnings: readonly Warning[]): ChatRequest {
  return warnings.reduce((left, { code, detail }) => {
    if (code === 'max_tokens_assumed') return { ...left, maxOutputTokens: null };
    const edit = NAMED.find(([start]) => detail.startsWith(start))?.[1];
    if (edit === undefined) throw new Error(`a warning that names nothing known: ${code} ${detail}`);
    return edit(left);
  }, request);
}

/**
 * The request as OpenAI's wire words it, without losing what it says: a failed tool's result begins with `Error: `, files
 * of text are text, pictures and files of a result stand behind it, a file has a name, a budget of thinking is the effort
 * nearest to it, thinking is one text without signature, and a cache lives for one of OpenAI's spans.
 */
export function inOpenAiWords(request: ChatRequest): ChatRequest {
  const { reasoning } = request;
  const effort = reasoning?.effort ?? effortOf(reasoning?.budgetTokens ?? null);
  return {
    ...request,
    messages: request.messages.map(({ role, parts }) => ({ role, parts: openAiParts(parts) })),
    reasoning: effort === null ? null : { effort, budgetTokens: null, display: null },
  };
}

/** The effort that a budget of thinking stands for. */
export function effortOf(tokens: number | null): 'low' | 'medium' | 'high' | null {
  if (tokens === null) return null;
  return tokens <= 5_000 ? 'low' : tokens <= 16_000 ? 'medium' : 'high';
}

function openAiParts(parts: readonly Part[]): Part[] {
  const results: Part[] = [];
  const moved: Part[] = [];
  const rest: Part[] = [];
  const thinking = parts.flatMap((part) => (part.type === 'thinking' ? [part.text] : [])).join('');
  if (thinking !== '') rest.push({ type: 'thinking', text: thinking, signature: null });
  for (const part of parts) {
    if (part.type === 'thinking') continue;
    if (part.type === 'tool-result') results.push(openAiResult(part, moved));
    else rest.push(openAiPart(part));
  }
  return [...results, ...moved, ...rest];
}

function openAiResult(result: ToolResultPart, moved: Part[]): Part {
  const texts: string[] = [];
  for (const item of result.content.map(openAiPart)) {
    if (item.type === 'text') texts.push(item.text);
    else moved.push(item);
  }
  const marked = result.content.some((item) => item.type === 'text' && item.cache !== null);
  const text = (result.isError ? 'Error: ' : '') + texts.join('\n');
  const content: TextPart[] =
    text === '' ? [] : [{ type: 'text', text, cache: marked ? { ttl: null } : null }];
  return { ...result, content, isError: false };
}

/** A text file as text, a file with a name, a cache of one of OpenAI's spans. */
export function openAiPart(part: Part): Part {
  const named =
    'cache' in part && part.cache !== null ? { ...part, cache: { ttl: span(part.cache.ttl) } } : part;
  if (named.type !== 'document' || named.source.kind === 'url') return named;
  const { cache, source, name } = named;
  if (source.mediaType !== 'text/plain') return { ...named, name: name ?? 'document.pdf' };
  const text = Buffer.from(source.data, 'base64').toString();
  return { type: 'text', text: name === null ? text : `${name}:\n${text}`, cache };
}

function span(ttl: string | null): string | null {
  return ttl === '1h' ? '12h' : null;
}

/** What an encoder of OpenAI's wire says itself beside moved pictures. */
export const withoutOpenAiNotes: Edit = (request) =>
  filterParts(
    (part) =>
      part.type !== 'text' ||
      !/^(?:From the result of the tool call |The result is in the next message\.$)/.test(part.text),
  )(
    eachPart((part) => {
      if (part.type !== 'tool-result') return part;
      const content = part.content.map((item) =>
        item.type === 'text' && item.text === 'Error: The result is in the next message.'
          ? { ...item, text: 'Error: ' }
          : item,
      );
      return { ...part, content };
    })(request),
  );

/**
 * The request as the Messages wire words it for a model, without losing what it says: system turns stand in front (one
 * that may stay where it is can then come behind a later one, so that only their texts are compared), a
 * schema's description inside it and its name nowhere, an effort may be a budget or the other way round (only whether
 * there is thinking is compared; a model that never thinks is not told), the API's own default of 1 (and `auto`) goes without a word, as does the model's own limit, an
 * unfinished last turn does not end in blanks, and ids of calls have no odd letters (compared by their order).
 */
export function inMessagesWords(request: ChatRequest, rules: ModelRules | null): ChatRequest {
  const { format, reasoning, temperature, topP } = request;
  const system = request.messages.flatMap(({ role, parts }) => (role === 'system' ? parts : []));
  const others = request.messages.filter(({ role }) => role !== 'system');
  const on = reasoning?.effort === 'none' ? 'none' : 'high';
  const thinks = rules === null || rules.manualThinking || rules.adaptiveThinking;
  const display = on === 'none' ? null : (reasoning?.display ?? null);
  return {
    ...request,
    messages: renumber([...sortedSystem(system), ...endTrimmed(others)]).map(withoutAutoDetail),
    format:
      format?.type === 'json-schema'
        ? { ...format, name: 'response', description: null, strict: null, schema: described(format) }
        : format,
    reasoning:
      reasoning === null || (on === 'none' && !thinks) ? null : { effort: on, budgetTokens: null, display },
    temperature: temperature === 1 ? null : temperature,
    topP: topP === 1 ? null : topP,
    maxOutputTokens: request.maxOutputTokens ?? rules?.maxOutputTokens ?? null,
  };
}

function sortedSystem(parts: readonly Part[]): ChatMessage[] {
  const sorted = parts.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return sorted.length === 0 ? [] : [{ role: 'system', parts: sorted }];
}

function withoutAutoDetail({ role, parts }: ChatMessage): ChatMessage {
  const plainly = <Item extends Part>(part: Item): Item =>
    part.type === 'image' && part.detail === 'auto' ? { ...part, detail: null } : part;
  return {
    role,
    parts: parts.map((part) =>
      part.type === 'tool-result' ? { ...part, content: part.content.map(plainly) } : plainly(part),
    ),
  };
}

function described(format: {
  readonly description: string | null;
  readonly schema: object;
}): Record<string, unknown> {
  return { ...(format.description === null ? {} : { description: format.description }), ...format.schema };
}

function endTrimmed(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const last = messages.at(-1);
  const end = last?.parts.at(-1);
  if (last?.role !== 'assistant' || end?.type !== 'text') return messages;
  const parts = [...last.parts.slice(0, -1), { ...end, text: end.text.trimEnd() }];
  return [...messages.slice(0, -1), { ...last, parts }];
}

function renumber(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const numbers = new Map<string, string>();
  const numberOf = (id: string): string => {
    const known = numbers.get(id) ?? `call ${numbers.size}`;
    numbers.set(id, known);
    return known;
  };
  return messages.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) => {
      if (part.type === 'tool-call') return { ...part, id: numberOf(part.id) };
      return part.type === 'tool-result' ? { ...part, callId: numberOf(part.callId) } : part;
    }),
  }));
}

/** Takes the renamed tools back to the client's own names, as the gateway does for replies. */
export function withNames(request: ChatRequest, names: ReadonlyMap<string, string> | undefined): ChatRequest {
  if (names === undefined) return request;
  const own = <Named extends { readonly name: string }>(named: Named): Named => ({
    ...named,
    name: names.get(named.name) ?? named.name,
  });
  const { toolChoice } = request;
  return {
    ...eachPart((part) => (part.type === 'tool-call' ? own(part) : part))(request),
    tools: request.tools.map(own),
    toolChoice: toolChoice?.type === 'tool' ? own(toolChoice) : toolChoice,
  };
}

const MARKED = /^<system-reminder>\n([^]*)\n<\/system-reminder>$/;

/** After an answer it is a marked part of the user turn there; without any other turn, the user turn itself. */
function systemAsUser(request: ChatRequest): ChatRequest {
  if (request.messages.some(({ role }) => role === 'assistant')) return unmarked(request);
  const messages = request.messages.map(({ role, parts }) => ({
    role: role === 'system' ? ('user' as const) : role,
    parts,
  }));
  return { ...request, messages };
}

function unmarked(request: ChatRequest): ChatRequest {
  const messages = request.messages.flatMap(({ role, parts }): ChatMessage[] => {
    const system: Part[] = [];
    const others: Part[] = [];
    for (const part of parts) {
      const text = part.type === 'text' && role === 'user' ? MARKED.exec(part.text)?.[1] : undefined;
      if (text === undefined) others.push(part);
      else system.push({ ...(part as TextPart), text });
    }
    const kept = others.length === 0 ? [] : [{ role, parts: others }];
    return system.length === 0 ? kept : [{ role: 'system', parts: system }, ...kept];
  });
  return { ...request, messages };
}

function isNoInstruction(part: Part): boolean {
  return part.type !== 'text' || !part.text.startsWith('Answer with one JSON');
}

function withoutMarks(messages: boolean): Edit {
  if (messages) return eachPart((part) => ('cache' in part ? { ...part, cache: null } : part));
  return (request) => ({ ...request, tools: request.tools.map((tool) => ({ ...tool, cache: null })) });
}

/** Edits each part, those inside results too. */
export function eachPart(edit: (part: Part) => Part): Edit {
  const all = (part: Part): Part => {
    const edited = edit(part);
    if (edited.type !== 'tool-result') return edited;
    return { ...edited, content: edited.content.map(edit) as typeof edited.content };
  };
  return (request) => ({
    ...request,
    messages: request.messages.map(({ role, parts }) => ({ role, parts: parts.map(all) })),
  });
}

/** Keeps some parts, inside results too; a turn without parts goes. */
export function filterParts(keep: (part: Part) => boolean): Edit {
  return (request) => ({
    ...request,
    messages: request.messages
      .map(({ role, parts }) => ({
        role,
        parts: parts
          .filter(keep)
          .map((part) =>
            part.type === 'tool-result' ? { ...part, content: part.content.filter(keep) } : part,
          ),
      }))
      .filter(({ parts }) => parts.length > 0),
  });
}
