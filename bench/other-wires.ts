/** The chat wires, each named for its clients and its upstreams. */
export type WireName = 'openai' | 'messages' | 'responses' | 'ollama';

/** The chat wires by their names in the report. */
export const WIRE_TITLES: Readonly<Record<WireName, string>> = {
  openai: 'OpenAI',
  messages: 'Messages',
  responses: 'Responses',
  ollama: 'Ollama',
};

const NAMES = Object.keys(WIRE_TITLES) as readonly WireName[];

/** The wire of a client and another one of an upstream: all pairs that are translated. */
export const WIRE_PAIRS: readonly (readonly [client: WireName, upstream: WireName])[] = NAMES.flatMap(
  (client) => NAMES.filter((upstream) => upstream !== client).map((upstream) => [client, upstream] as const),
);

/** The keys of the pairs that most clients and servers speak: the bare proxy is measured beside these. */
export const BOTH_WAYS: readonly string[] = ['openai-messages', 'messages-openai'];

/** The events of a stream by their place in it; `usage` is sent only where it was asked for. */
export interface StreamEvents {
  readonly first: string;
  readonly content: string;
  readonly finish: string;
  readonly usage: string;
  readonly done: string;
}

const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(15).trim();

const named = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: 1, ...fields })}\n\n`;

const response = (status: string, output: readonly object[], usage: object | null): object => ({
  id: 'resp_9f2c4b1e7d6a4f0c8e3b5a1d',
  object: 'response',
  created_at: 1767225600,
  status,
  error: null,
  incomplete_details: null,
  model: 'bench-model',
  output,
  usage,
});
const messageItem = (status: string, text: string | null): object => ({
  id: 'msg_9f2c4b1e7d6a4f0c8e3b5a1d',
  type: 'message',
  status,
  role: 'assistant',
  content: text === null ? [] : [{ type: 'output_text', annotations: [], logprobs: [], text }],
});
const PLACE = { item_id: 'msg_9f2c4b1e7d6a4f0c8e3b5a1d', output_index: 0, content_index: 0 };
const USAGE = {
  input_tokens: 512,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 151,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 663,
};

/** A stream of OpenAI's Responses API. Its last item has no text, which depends on the number of events. */
export const RESPONSES_EVENTS: StreamEvents = {
  first:
    named('response.created', { response: response('in_progress', [], null) }) +
    named('response.output_item.added', { output_index: 0, item: messageItem('in_progress', null) }) +
    named('response.content_part.added', {
      ...PLACE,
      part: { type: 'output_text', annotations: [], logprobs: [], text: '' },
    }),
  content: named('response.output_text.delta', { ...PLACE, delta: ' word', logprobs: [] }),
  finish: '',
  usage: '',
  done: named('response.completed', { response: response('completed', [], USAGE) }),
};

/** A whole reply of the Responses API with the text of the chat completion. */
export const RESPONSE = Buffer.from(
  JSON.stringify(response('completed', [messageItem('completed', TEXT)], USAGE)),
);

const line = (content: string, fields: object): string =>
  JSON.stringify({
    model: 'bench-model',
    created_at: '2026-01-01T00:00:00.000000Z',
    message: { role: 'assistant', content },
    ...fields,
  });
const LAST = {
  done: true,
  done_reason: 'stop',
  total_duration: 4_000_000_000,
  load_duration: 1_000_000,
  prompt_eval_count: 512,
  prompt_eval_duration: 100_000_000,
  eval_count: 151,
  eval_duration: 3_000_000_000,
};

/** A stream of Ollama's own API. */
export const OLLAMA_LINES: StreamEvents = {
  first: `${line('The', { done: false })}\n`,
  content: `${line(' word', { done: false })}\n`,
  finish: '',
  usage: '',
  done: `${line('', LAST)}\n`,
};

/** A whole reply of Ollama's own API with the text of the chat completion. */
export const OLLAMA_REPLY = Buffer.from(line(TEXT, LAST));

/** A whole reply of Anthropic's wire with the text of the chat completion. */
export const MESSAGE = Buffer.from(
  JSON.stringify({
    id: 'msg_9f2c4b1e7d6a4f0c8e3b5a1d',
    type: 'message',
    role: 'assistant',
    model: 'bench-model',
    content: [{ type: 'text', text: TEXT }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 512, output_tokens: 151 },
  }),
);
