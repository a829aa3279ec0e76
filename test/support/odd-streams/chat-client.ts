import {
  isJson,
  isName,
  must,
  parseObject,
  sseEvents,
  textOf,
  upstreamId,
  type Json,
  type ReplyCall,
  type ReplyContent,
  type TokenCounts,
} from './reply-content.ts';
import { chatFinish, functionArguments } from './reply-words.ts';

interface GrowingCall {
  kind: ReplyCall['kind'];
  id: string;
  name: string;
  input: string;
}

interface GrowingChoice {
  thinking: string;
  text: string;
  refusal: string;
  finish: string | null;
  legacy: GrowingCall | null;
  readonly calls: GrowingCall[];
}

/**
 * Reads an OpenAI stream by choice index and by `tool_calls[].index`, and refuses what openai-node, openai-python, the
 * AI SDK, Zed or Continue throw on, repeat or drop: gaps, names that come twice, an `error` key, usage beside choices.
 */
class ChatStreamClient {
  readonly #choices: (GrowingChoice | undefined)[] = [];
  #names: string | null = null;
  #usage: TokenCounts | null = null;

  read(output: string): ReplyContent {
    const events = sseEvents(output);
    must(events.pop()?.data === '[DONE]', 'the stream does not end in [DONE]');
    for (const { data } of events) this.#chunk(parseObject(data));
    for (const choice of this.#choices) must(choice?.finish !== null, 'a choice without a finish reason');
    const [choice] = this.#choices;
    must(choice !== undefined, 'no choice 0');
    return chatContent(choice, this.#usage);
  }

  #chunk(chunk: Json): void {
    must(!('error' in chunk), 'a chunk with an error key');
    const { id, object, created, model, choices, usage } = chunk;
    must(isName(id) && isName(model) && typeof created === 'number', 'a chunk without its names');
    must(object === 'chat.completion.chunk', 'a chunk that names another object');
    const names = JSON.stringify([id, created, model]);
    must((this.#names ??= names) === names, 'id, created or model change');
    must(Array.isArray(choices), 'choices is not a list');
    for (const choice of choices as readonly unknown[]) {
      must(isJson(choice), 'a choice that is no object');
      this.#choice(choice);
    }
    if (usage === undefined || usage === null) return;
    must(choices.length === 0, 'usage beside choices');
    this.#usage = chatUsage(usage);
  }

  #choice(choice: Json): void {
    const { index, delta, finish_reason: finish } = choice;
    must(Number.isSafeInteger(index) && (index as number) >= 0, 'a choice without an index');
    must(!('message' in choice), 'a message in a chunk, which replaces what openai-node has gathered');
    must(isJson(delta), 'a choice without a delta');
    const known = this.#choices[index as number];
    must(delta['role'] === (known === undefined ? 'assistant' : undefined), 'the role is not once and first');
    const state = (this.#choices[index as number] ??= newChoice());
    state.text += textOf(delta['content'], 'content');
    state.refusal += textOf(delta['refusal'], 'refusal');
    state.thinking += textOf(delta['reasoning_content'], 'reasoning_content');
    const { tool_calls: calls, function_call: legacy } = delta;
    must(calls === undefined || calls === null || Array.isArray(calls), 'tool_calls is not a list');
    for (const entry of (calls ?? []) as readonly unknown[]) takeCall(state, entry);
    if (legacy !== undefined && legacy !== null) takeLegacy(state, legacy);
    must(finish === null || isName(finish), 'finish_reason is neither null nor a word');
    if (finish === null) return;
    must(state.finish === null, 'a second finish reason');
    state.finish = finish;
  }
}

function newChoice(): GrowingChoice {
  return { thinking: '', text: '', refusal: '', finish: null, legacy: null, calls: [] };
}

/** The first delta of a call has id, type and name. Names are concatenated, as openai-python does: a repeated one shows. */
function takeCall(state: GrowingChoice, entry: unknown): void {
  must(isJson(entry), 'a tool call that is no object');
  const { index, id, type } = entry;
  must(Number.isSafeInteger(index) && (index as number) >= 0, 'a tool call without an index');
  must((index as number) <= state.calls.length, 'a gap in the indexes of tool calls');
  const known = state.calls[index as number];
  const kind = known?.kind ?? (type === 'custom' ? 'custom' : 'function');
  const payload = entry[kind];
  must(isJson(payload), 'a tool call without its payload');
  const piece = textOf(payload[kind === 'custom' ? 'input' : 'arguments'], 'the input of a call');
  if (known !== undefined) {
    must(id === undefined && type === undefined, 'id or type of a call come twice');
    known.name += textOf(payload['name'], 'the name of a call');
    known.input += piece;
    return;
  }
  must(isName(id) && isName(payload['name']), 'a tool call without id or name');
  must(type === kind, 'a tool call without its type');
  state.calls.push({ kind, id, name: payload['name'], input: piece });
}

/** As for calls in `tool_calls`. */
function takeLegacy(state: GrowingChoice, legacy: unknown): void {
  must(isJson(legacy), 'function_call is not an object');
  state.legacy ??= { kind: 'function', id: '', name: '', input: '' };
  state.legacy.name += textOf(legacy['name'], 'the name of function_call');
  state.legacy.input += textOf(legacy['arguments'], 'the arguments of function_call');
}

function chatContent(choice: GrowingChoice, usage: TokenCounts | null): ReplyContent {
  const { thinking, text, refusal } = choice;
  const calls = choice.calls.length === 0 && choice.legacy !== null ? [choice.legacy] : choice.calls;
  const finish = chatFinish(choice.finish ?? '', calls.length > 0);
  return {
    thinking,
    text,
    refusal,
    calls: calls.map(({ kind, name, input }) => ({
      kind,
      name,
      input: kind === 'custom' ? input : functionArguments(input, finish),
    })),
    callIds: calls.map(({ id }) => upstreamId(id)),
    signatures: [],
    finish,
    usage,
  };
}

function chatUsage(usage: unknown): TokenCounts | null {
  if (usage === undefined || usage === null) return null;
  must(isJson(usage), 'usage is not an object');
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = usage;
  must(typeof input === 'number' && typeof output === 'number', 'usage without its counts');
  must(total === input + output, 'total_tokens is not the sum');
  return { input, output };
}

/** Reads an OpenAI stream as it goes to a client. Throws an `UnreadableReply`. */
export function readChatStream(output: string): ReplyContent {
  return new ChatStreamClient().read(output);
}

/** Reads a whole completion. Throws an `UnreadableReply`. */
export function readCompletion(body: string): ReplyContent {
  const reply = parseObject(body);
  must(!('error' in reply), 'a completion with an error key');
  must(isName(reply['id']) && isName(reply['model']), 'a completion without its names');
  must(reply['object'] === 'chat.completion', 'a completion that names another object');
  const choice = (reply['choices'] as readonly unknown[])[0];
  must(isJson(choice) && choice['index'] === 0, 'no choice 0');
  const { message, finish_reason: finish } = choice;
  must(isJson(message) && message['role'] === 'assistant', 'a choice without its message');
  must(isName(finish), 'a choice without a finish reason');
  const state: GrowingChoice = {
    ...newChoice(),
    thinking: textOf(message['reasoning_content'], 'reasoning_content'),
    text: textOf(message['content'], 'content'),
    refusal: textOf(message['refusal'], 'refusal'),
    finish,
  };
  const { tool_calls: calls, function_call: legacy } = message;
  must(calls === undefined || calls === null || Array.isArray(calls), 'tool_calls is not a list');
  for (const entry of (calls ?? []) as readonly unknown[]) {
    takeCall(state, isJson(entry) ? { ...entry, index: state.calls.length } : entry);
  }
  if (legacy !== undefined && legacy !== null) takeLegacy(state, legacy);
  return chatContent(state, chatUsage(reply['usage']));
}
