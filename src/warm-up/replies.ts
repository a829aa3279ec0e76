/** What the upstream of the warm-up answers, as bytes of HTTP: a whole reply, or the pieces of a stream. */
interface Replies {
  readonly whole: Buffer;
  readonly stream: readonly Buffer[];
}

const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(15).trim();

const WORDS = TEXT.split(' ').slice(0, 20);

function whole(reply: object): Buffer {
  const body = JSON.stringify(reply);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

function stream(events: readonly string[]): Buffer[] {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
  const chunks = events.map((event) => `${event.length.toString(16)}\r\n${event}\r\n`);
  return [Buffer.from(head), ...chunks.map((chunk) => Buffer.from(chunk)), Buffer.from('0\r\n\r\n')];
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    ...{ id: 'chatcmpl-warm-up', object: 'chat.completion.chunk', created: 1_767_225_600, model: 'warm-up' },
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })}\n\n`;

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const MESSAGE = { id: 'msg_warm_up', type: 'message', role: 'assistant', model: 'warm-up' };

/** The replies of both wires. */
export const REPLIES: { readonly openAi: Replies; readonly anthropic: Replies } = {
  openAi: {
    whole: whole({
      ...{ id: 'chatcmpl-warm-up', object: 'chat.completion', created: 1_767_225_600, model: 'warm-up' },
      choices: [
        {
          ...{ index: 0, message: { role: 'assistant', content: TEXT } },
          ...{ logprobs: null, finish_reason: 'stop' },
        },
      ],
      usage: { prompt_tokens: 512, completion_tokens: 151, total_tokens: 663 },
    }),
    stream: stream([
      chunk({ role: 'assistant', content: '' }),
      ...WORDS.map((word) => chunk({ content: ` ${word}` })),
      chunk({}, 'stop'),
      'data: [DONE]\n\n',
    ]),
  },
  anthropic: {
    whole: whole({
      ...MESSAGE,
      content: [{ type: 'text', text: TEXT }],
      ...{ stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 512, output_tokens: 151 } },
    }),
    stream: stream([
      event('message_start', {
        message: {
          ...{ ...MESSAGE, content: [], stop_reason: null, stop_sequence: null },
          usage: { input_tokens: 512, output_tokens: 1 },
        },
      }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...WORDS.map((word) =>
        event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: ` ${word}` } }),
      ),
      event('content_block_stop', { index: 0 }),
      event('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 151 },
      }),
      event('message_stop', {}),
    ]),
  },
};
