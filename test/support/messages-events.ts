/** Writes one event of a Messages stream as Anthropic does. */
export function sse(value: { readonly type: string; readonly [key: string]: unknown }): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
}

export const START = sse({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 11, cache_read_input_tokens: 4, output_tokens: 1 },
  },
});

export const blockStart = (index: number, block: object = { type: 'text', text: '' }): string =>
  sse({ type: 'content_block_start', index, content_block: block });
export const delta = (index: number, value: object): string =>
  sse({ type: 'content_block_delta', index, delta: value });
export const words = (index: number, text: string): string => delta(index, { type: 'text_delta', text });
export const blockStop = (index: number): string => sse({ type: 'content_block_stop', index });
export const messageDelta = (reason: string | null = 'end_turn', more: object = {}): string =>
  sse({
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 7 },
    ...more,
  });
export const STOP = sse({ type: 'message_stop' });
export const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

/** A whole stream of one block of text. */
export const STREAM = [
  START,
  blockStart(0),
  PING,
  words(0, 'Grüße 😀'),
  words(0, '!'),
  blockStop(0),
  messageDelta(),
  STOP,
].join('');
