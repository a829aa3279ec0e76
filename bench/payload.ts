import { OLLAMA_LINES, RESPONSES_EVENTS, type StreamEvents } from './other-wires.ts';

/** The chat completion that the upstream answers, 1.1 KB as a short real answer is. */
export const COMPLETION = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-9f2c4b1e7d6a4f0c8e3b5a1d',
    object: 'chat.completion',
    created: 1767225600,
    model: 'bench-model',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'The quick brown fox jumps over the lazy dog. '.repeat(15).trim(),
        },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 512,
      completion_tokens: 151,
      total_tokens: 663,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
    system_fingerprint: 'fp_bench',
  }),
);

const chunk = (choices: object[], rest: object = {}): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-9f2c4b1e7d6a4f0c8e3b5a1d',
    object: 'chat.completion.chunk',
    created: 1767225600,
    model: 'bench-model',
    system_fingerprint: 'fp_bench',
    choices,
    ...rest,
  })}\n\n`;

const delta = (fields: object, finish: string | null = null): string =>
  chunk([{ index: 0, delta: fields, logprobs: null, finish_reason: finish }]);

/** The digits that a varying event's own take the place of: eight, and thirteen of a time in ms. */
export const DIGITS = { own: '00000000', time: '1767225600000' } as const;

/** An event with padding of random length, as OpenAI's own have, and with a time, as some servers' have. */
export const varyingChunk = (padding: number): string =>
  chunk([{ index: 0, delta: { content: ' word' }, logprobs: null, finish_reason: null }], {
    obfuscation: DIGITS.own + 'x'.repeat(padding),
    timestamp: Number(DIGITS.time),
  });

const message = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const PLAIN: StreamEvents = {
  first: delta({ role: 'assistant', content: '' }),
  content: delta({ content: ' word' }),
  finish: delta({}, 'stop'),
  usage: chunk([], { usage: { prompt_tokens: 512, completion_tokens: 200, total_tokens: 712 } }),
  done: 'data: [DONE]\n\n',
};

/**
 * Streams of the upstream. `plain`: chunks as OpenAI sends them, about 230 bytes each. `varying`: the same with fields
 * that differ from event to event, of which this is an example (`varying-events.ts`). `mended`: the most expensive of
 * those that must be rewritten, with the role in each and the text only in `reasoning`. `messages`: Anthropic's wire.
 * `responses`: OpenAI's Responses API. `ollama`: lines of Ollama's own API.
 */
export const EVENTS = {
  plain: PLAIN,
  varying: { ...PLAIN, content: varyingChunk(0) },
  mended: { ...PLAIN, content: delta({ role: 'assistant', content: '', reasoning: ' word' }) },
  messages: {
    first:
      message('message_start', {
        message: {
          id: 'msg_9f2c4b1e7d6a4f0c8e3b5a1d',
          type: 'message',
          role: 'assistant',
          model: 'bench-model',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 512, output_tokens: 1 },
        },
      }) + message('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    content: message('content_block_delta', { index: 0, delta: { type: 'text_delta', text: ' word' } }),
    finish:
      message('content_block_stop', { index: 0 }) +
      message('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 200 },
      }),
    usage: '',
    done: message('message_stop', {}),
  },
  responses: RESPONSES_EVENTS,
  ollama: OLLAMA_LINES,
} as const satisfies Record<string, StreamEvents>;

export type StreamKind = keyof typeof EVENTS;

/** Options of a stream; the upstream finds them in the request's `user` field. */
export interface StreamShape {
  /** `plain` where it is not said. */
  readonly kind?: StreamKind;
  /** Content events, beside the first, the finish, the usage and the end mark. */
  readonly events: number;
  /** 0: as fast as the client reads. */
  readonly gapMs: number;
}

/** The request body: a conversation of `bytes` bytes as code has it, with quotes and line ends to escape. */
export function requestBody(bytes: number, model: string, stream: StreamShape | null): Buffer {
  const head = { model, temperature: 0.7, ...(stream === null ? {} : { stream: true, user: wish(stream) }) };
  const messages = [{ role: 'system', content: 'You are a helpful assistant.' }];
  const text = 'const answer = lookup("the lazy dog");\n'.repeat(18);
  const size = (): number => Buffer.byteLength(JSON.stringify({ ...head, messages }));
  while (size() + 60 < bytes) {
    const room = bytes - size() - 60;
    const role = messages.length % 2 === 1 ? 'user' : 'assistant';
    messages.push({
      role,
      content: text.slice(0, Math.max(1, Math.floor((room * text.length) / (text.length + 54)))),
    });
  }
  return Buffer.from(JSON.stringify({ ...head, messages }));
}

function wish({ events, gapMs, kind = 'plain' }: StreamShape): string {
  return `events=${events};gap=${gapMs};kind=${kind};`;
}

/** A request body of one long document, for what `requestBody` would take minutes to make. */
export function documentBody(bytes: number, model: string): Buffer {
  const line = 'const answer = lookup("the lazy dog");\n';
  const content = line.repeat(Math.ceil(bytes / JSON.stringify(line).length));
  return Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content }] }));
}

/** The request's bytes on the wire. */
export function httpRequest(port: number, body: Buffer, path = '/v1/chat/completions'): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    'accept: application/json',
    'authorization: Bearer sk-fake-client-0123456789abcdef',
    'user-agent: laneway-bench',
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
