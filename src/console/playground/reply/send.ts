import type { ChatBody } from '../chat.ts';
import { SseReader } from './sse.ts';

/** Why a request failed: refused by the gateway, by an error event in the stream, or by a broken connection. */
export class ChatProblem extends Error {
  /** The HTTP status; 0: none came. */
  readonly status: number;
  /** The code of the error, such as `no_target`. */
  readonly code: string;

  /** `message` is the gateway's own where it has sent one. */
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Takes a reply as it arrives. */
export interface ChatSink {
  /** The headers, also those of a refusal. */
  onHead(headers: Headers): void;
  /** A chunk of the stream, or the whole reply. */
  onChunk(chunk: unknown): void;
  /** A comment of the stream: a heartbeat, or the target that was found after the headers. */
  onComment(text: string): void;
}

const DONE = '[DONE]';

/**
 * Sends a chat request and resolves when the reply is complete. The session of the console does not count here, so the
 * cookie is not sent; `key` ('' for none) goes as a bearer token. Rejects with a `ChatProblem`, or with whatever
 * `signal` is aborted by.
 */
export async function sendChat(
  body: ChatBody,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal },
  sink: ChatSink,
): Promise<void> {
  let response: Response;
  try {
    response = await fetch('v1/chat/completions', {
      method: 'POST',
      credentials: 'omit',
      headers: {
        'content-type': 'application/json',
        ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ChatProblem(0, 'no_answer', 'The gateway does not respond.');
  }
  sink.onHead(response.headers);
  try {
    await readReply(response, sink);
  } catch (error) {
    if (signal.aborted || error instanceof ChatProblem) throw error;
    if (error instanceof SyntaxError)
      throw new ChatProblem(response.status, 'unexpected_reply', 'The reply is not the JSON of a chat.');
    throw new ChatProblem(response.status, 'connection_lost', 'The connection to the gateway was lost.');
  }
}

async function readReply(response: Response, sink: ChatSink): Promise<void> {
  if (!response.ok) throw refusalOf(response.status, await response.json().catch(() => null));
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream && response.body !== null) return readStream(response.body, sink);
  sink.onChunk(await response.json());
}

async function readStream(body: ReadableStream<Uint8Array<ArrayBuffer>>, sink: ChatSink): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const events = new SseReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const { type, text } of events.push(value)) {
      if (type === 'comment') sink.onComment(text);
      else if (text === DONE) return;
      else takeEvent(JSON.parse(text), sink);
    }
  }
  const message = 'The stream ended without its end mark, so the reply may be incomplete.';
  throw new ChatProblem(200, 'incomplete_stream', message);
}

function takeEvent(event: unknown, sink: ChatSink): void {
  if (typeof event === 'object' && event !== null && 'error' in event) throw refusalOf(200, event);
  sink.onChunk(event);
}

function refusalOf(status: number, reply: unknown): ChatProblem {
  const error = (reply as { error?: { code?: string | null; message?: string } } | null)?.error;
  return new ChatProblem(
    status,
    error?.code ?? 'unknown',
    error?.message ?? `The gateway answered ${status} without a message.`,
  );
}
