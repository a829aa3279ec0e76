import {
  isJson,
  isName,
  must,
  parseObject,
  sseEvents,
  textOf,
  upstreamId,
  type Json,
  type ReplyContent,
  type TokenCounts,
} from './reply-content.ts';
import { messagesFinish, toolInput } from './reply-words.ts';

interface GrowingBlock {
  readonly fields: Record<string, unknown>;
  json: string;
  open: boolean;
}

const KNOWN_EVENTS: ReadonlySet<unknown> = new Set([
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** By type of delta: the type of its block, and the key of its text. */
const TEXT_DELTAS: Readonly<Record<string, readonly [block: string, key: string]>> = {
  text_delta: ['text', 'text'],
  thinking_delta: ['thinking', 'thinking'],
  signature_delta: ['thinking', 'signature'],
  input_json_delta: ['tool_use', 'partial_json'],
};
/** SDKs keep the start of any other block, and nothing of its deltas. */
const READ_BLOCKS: ReadonlySet<unknown> = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use']);

/**
 * Reads a Messages stream by block index as @anthropic-ai/sdk does, and refuses what that SDK or Claude Code throw on,
 * drop or stop at: events without a name, a block index that is not the next one, deltas and stops of a block that is
 * not open, a `message_delta` without usage, anything after `message_stop`.
 */
class MessagesStreamClient {
  readonly #blocks: GrowingBlock[] = [];
  #message: Record<string, unknown> | null = null;
  #usage: Record<string, unknown> = {};
  #stopped = false;

  read(output: string): ReplyContent {
    for (const { event, data } of sseEvents(output)) {
      must(!this.#stopped, 'an event after message_stop');
      const value = parseObject(data);
      must(event === value['type'], 'an event whose name is not its type');
      this.#take(value);
    }
    must(this.#stopped && this.#message !== null, 'the stream does not end in message_stop');
    const content = this.#blocks.map(({ fields, json }) =>
      json === '' ? fields : { ...fields, input: json },
    );
    return messageContent({ ...this.#message, content, usage: this.#usage });
  }

  #take(event: Json): void {
    const { type } = event;
    if (type === 'ping') return;
    must(type !== 'error' && !('error' in event), 'an error inside a complete answer');
    if (type === 'message_start') {
      this.#start(event['message']);
      return;
    }
    // The SDK ignores events before the start, so those of known types would be lost.
    must(this.#message !== null || !KNOWN_EVENTS.has(type), 'an event before message_start');
    if (type === 'content_block_start') this.#blockStart(event);
    else if (type === 'content_block_delta' || type === 'content_block_stop') this.#inBlock(event);
    else if (type === 'message_delta') this.#messageDelta(event);
    else if (type === 'message_stop') {
      must(
        this.#blocks.every(({ open }) => !open),
        'a block without its stop',
      );
      this.#stopped = true;
    }
  }

  #start(message: unknown): void {
    must(this.#message === null, 'a second message_start');
    must(isJson(message) && isJson(message['usage']), 'message_start without message or usage');
    this.#message = { ...message };
    this.#usage = { ...message['usage'] };
  }

  #blockStart({ index, content_block: block }: Json): void {
    must(index === this.#blocks.length, 'a block whose index is not the next one');
    must(isJson(block) && isName(block['type']), 'a block without a type');
    this.#blocks.push({ fields: { ...block }, json: '', open: true });
  }

  #inBlock({ type, index, delta }: Json): void {
    const block = typeof index === 'number' ? this.#blocks[index] : undefined;
    must(block?.open === true, `${String(type)} of a block that is not open`);
    if (type === 'content_block_stop') {
      block.open = false;
      return;
    }
    must(isJson(delta), 'a delta that is no object');
    const known = TEXT_DELTAS[String(delta['type'])];
    if (known === undefined) return;
    const [blockType, key] = known;
    if (!READ_BLOCKS.has(block.fields['type'])) return;
    must(block.fields['type'] === blockType, `${String(delta['type'])} in a block of another type`);
    const piece = delta[key];
    must(typeof piece === 'string', `${String(delta['type'])} without text`);
    if (key === 'partial_json') block.json += piece;
    else if (key === 'signature') block.fields[key] = piece;
    else block.fields[key] = ((block.fields[key] as string | undefined) ?? '') + piece;
  }

  #messageDelta({ delta, usage }: Json): void {
    must(isJson(delta), 'message_delta without a delta');
    must(isJson(usage) && typeof usage['output_tokens'] === 'number', 'message_delta without usage');
    const { stop_reason: reason, stop_sequence: sequence, stop_details: details } = delta;
    Object.assign(this.#message ?? {}, {
      stop_reason: reason,
      stop_sequence: sequence,
      stop_details: details,
    });
    for (const [key, value] of Object.entries(usage)) if (value !== null) this.#usage[key] = value;
  }
}

function messageContent(message: Json): ReplyContent {
  const blocks = message['content'] as readonly Json[];
  const words = (type: string, key: string): string[] =>
    blocks
      .filter((block) => block['type'] === type)
      .map((block) => textOf(block[key], `${key} of a block`))
      .filter((text) => text !== '');
  const calls = blocks.filter(({ type }) => type === 'tool_use');
  for (const { id, name } of calls) must(isName(id) && isName(name), 'a tool call without id or name');
  for (const { input } of calls) must(input !== undefined && input !== null, 'a tool call without input');
  const reason = message['stop_reason'];
  must(isName(reason), 'a message without a stop reason');
  const details = message['stop_details'];
  return {
    thinking: words('thinking', 'thinking').join(''),
    text: words('text', 'text').join(''),
    refusal: reason === 'refusal' && isJson(details) ? textOf(details['explanation'], 'explanation') : '',
    calls: calls.map(({ name, input }) => ({
      kind: 'function',
      name: String(name),
      input: toolInput(typeof input === 'string' ? input : JSON.stringify(input)),
    })),
    callIds: calls.map(({ id }) => upstreamId(String(id))),
    signatures: blocks
      .flatMap(({ type, signature, data }) =>
        type === 'thinking' ? [signature] : type === 'redacted_thinking' ? [data] : [],
      )
      .filter(isName),
    finish: messagesFinish(reason, calls.length > 0),
    usage: messagesUsage(message['usage']),
  };
}

function messagesUsage(usage: unknown): TokenCounts | null {
  if (!isJson(usage)) return null;
  const count = (key: string): number => (typeof usage[key] === 'number' ? usage[key] : 0);
  const cached = count('cache_creation_input_tokens') + count('cache_read_input_tokens');
  if (typeof usage['input_tokens'] !== 'number' && typeof usage['output_tokens'] !== 'number') return null;
  return { input: count('input_tokens') + cached, output: count('output_tokens') };
}

/** Reads a Messages stream as it goes to a client. Throws an `UnreadableReply`. */
export function readMessagesStream(output: string): ReplyContent {
  return new MessagesStreamClient().read(output);
}

/** Reads a whole message. Throws an `UnreadableReply`. */
export function readMessageBody(body: string): ReplyContent {
  const message = parseObject(body);
  must(message['type'] === 'message' && message['role'] === 'assistant', 'no message of an assistant');
  must(Array.isArray(message['content']) && message['content'].every(isJson), 'content is no list of blocks');
  return messageContent(message);
}
