import { json } from '../support/fake-replies.ts';
import type { FakeRequest, Reply } from '../support/fake-upstream.ts';
import { sse } from '../support/messages-events.ts';
import { eventStream } from '../support/messages-replies.ts';
import {
  answerTo,
  BROKE,
  FAIL_BEFORE,
  FAIL_WITHIN,
  pieces,
  REFUSAL,
  SIGNATURE,
  keysOf,
  type Answer,
  type Schema,
  type Seen,
} from './answers.ts';

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly tool_use_id?: string;
  readonly signature?: string;
  readonly source?: { readonly type: string; readonly media_type?: string };
  readonly content?: string | readonly Block[];
}

/** Of a request for a message. */
interface Body {
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
  readonly tools?: readonly { readonly name: string; readonly input_schema?: Schema }[];
  readonly output_config?: {
    readonly format?: { readonly type: string; readonly schema: Schema };
  };
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number };
}

const HEAD = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' };
const INPUT = { input_tokens: 17, cache_creation_input_tokens: 0, cache_read_input_tokens: 4 };

/**
 * Answers as Anthropic's Messages API: shapes of platform.claude.com/docs/en/api/messages and
 * /docs/en/build-with-claude/streaming (events with names, a ping, fragments of JSON, signatures, usage in two
 * places, `event: error`); its checks of version, key, limit, budget and the order of calls and results.
 */
export function messagesUpstream(request: FakeRequest): Reply {
  const body = request.json() as Body;
  const seen = look(body);
  const fault = faultOf(request, body);
  if (fault !== null || seen.question.includes(FAIL_BEFORE)) {
    const error = { type: 'invalid_request_error', message: fault ?? REFUSAL };
    return json(400, { type: 'error', error, request_id: 'req_1' });
  }
  if (body.stream !== true) return json(200, whole(answerTo(seen)));
  if (!seen.question.includes(FAIL_WITHIN)) return eventStream(streamed(answerTo(seen)));
  const error = sse({ type: 'error', error: { type: 'overloaded_error', message: BROKE } });
  return eventStream([...streamed({ thinking: null, text: TOO_LONG, calls: [] }).slice(0, 4), error]);
}

const TOO_LONG = 'Hello, this breaks off';

function look({ messages, tools, output_config: output, thinking }: Body): Seen {
  const blocks = messages.flatMap(({ role, content }) =>
    typeof content === 'string'
      ? [{ role, type: 'text', text: content } as const]
      : content.map((block) => ({ ...block, role })),
  );
  return {
    question: blocks.findLast(({ role, type }) => role === 'user' && type === 'text')?.text ?? '',
    tools: tools?.map(({ name, input_schema: schema }) => ({ name, keys: keysOf(schema) })) ?? [],
    results: blocks.flatMap((block) =>
      block.type === 'tool_result' && 'content' in block ? [textOf(block.content)] : [],
    ),
    pictures: blocks.flatMap((block) =>
      block.type === 'image' && 'source' in block ? (block.source?.media_type ?? []) : [],
    ),
    schema: keysOf(output?.format?.schema),
    thinks: thinking !== undefined && thinking.type !== 'disabled',
    signatures: blocks.flatMap((block) =>
      block.type === 'thinking' && 'signature' in block ? (block.signature ?? []) : [],
    ),
  };
}

function textOf(content: Block['content']): string {
  if (content === undefined || typeof content === 'string') return content ?? '';
  return content.map(({ text }) => text ?? '').join('');
}

function faultOf({ headers }: FakeRequest, { max_tokens: limit, messages, thinking }: Body): string | null {
  if (headers['anthropic-version'] === undefined) return 'anthropic-version: header is required';
  if (headers['x-api-key'] === undefined && headers['authorization'] === undefined)
    return 'x-api-key: header is required';
  if (limit === undefined) return 'max_tokens: Field required';
  if (thinking?.type === 'enabled' && !((thinking.budget_tokens ?? 0) < limit)) {
    return '`max_tokens` must be greater than `thinking.budget_tokens`';
  }
  let open: readonly string[] = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [] : content;
    const answered = blocks.flatMap(({ tool_use_id: id }) => id ?? []);
    if (answered.join() !== open.join())
      return 'tool_use ids were found without tool_result blocks immediately after';
    open =
      role === 'assistant'
        ? blocks.flatMap(({ type, id }) => (type === 'tool_use' && id !== undefined ? [id] : []))
        : [];
  }
  return null;
}

function whole({ thinking, text, calls }: Answer): object {
  const content = [
    ...(thinking === null ? [] : [{ type: 'thinking', thinking, signature: SIGNATURE }]),
    ...(text === null ? [] : [{ type: 'text', text }]),
    ...calls.map((call) => ({ type: 'tool_use', ...call })),
  ];
  const reason = calls.length === 0 ? 'end_turn' : 'tool_use';
  return {
    ...HEAD,
    content,
    stop_reason: reason,
    stop_sequence: null,
    usage: { ...INPUT, output_tokens: 7 },
  };
}

function streamed({ thinking, text, calls }: Answer): string[] {
  const start = {
    ...HEAD,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...INPUT, output_tokens: 1 },
  };
  const events = [sse({ type: 'message_start', message: start })];
  let index = 0;
  const block = (begin: object, deltas: readonly object[]): void => {
    events.push(sse({ type: 'content_block_start', index, content_block: begin }));
    if (index === 0) events.push(sse({ type: 'ping' }));
    for (const delta of deltas) events.push(sse({ type: 'content_block_delta', index, delta }));
    events.push(sse({ type: 'content_block_stop', index }));
    index += 1;
  };
  if (thinking !== null) {
    const deltas: object[] = pieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece }));
    const signed = { type: 'signature_delta', signature: SIGNATURE };
    block({ type: 'thinking', thinking: '', signature: '' }, [...deltas, signed]);
  }
  if (text !== null) {
    block(
      { type: 'text', text: '' },
      pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
    );
  }
  for (const { id, name, input } of calls) {
    const fragments = ['', ...pieces(JSON.stringify(input))];
    const deltas = fragments.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
    block({ type: 'tool_use', id, name, input: {} }, deltas);
  }
  const delta = { stop_reason: calls.length === 0 ? 'end_turn' : 'tool_use', stop_sequence: null };
  events.push(
    sse({ type: 'message_delta', delta, usage: { output_tokens: 7 } }),
    sse({ type: 'message_stop' }),
  );
  return events;
}
