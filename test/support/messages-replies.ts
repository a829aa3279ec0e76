import { chunk, head, json, lastChunk, send } from './fake-replies.ts';
import type { Reply } from './fake-upstream.ts';

/** A whole reply of the Messages wire. */
export function message(content: readonly object[], more: object = {}): Record<string, unknown> {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 11, output_tokens: 7 },
    ...more,
  };
}

/** An error of the Messages wire, its keys in an order and spacing that no serialiser of ours would choose. */
export function messagesError(status: number, type: string, words: string): Reply {
  const body = `{ "request_id":"req_theirs", "error":{"message":${JSON.stringify(words)},"type":"${type}"}, "type":"error" }`;
  return [
    head(status, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    send(body),
  ];
}

/** A 200 stream of these bytes, each a chunk. */
export function eventStream(events: readonly string[]): Reply {
  return [
    head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }),
    ...events.map((event) => chunk(event)),
    lastChunk(),
  ];
}

/** A whole reply of the Messages wire over HTTP. */
export function messageReply(content: readonly object[], more: object = {}): Reply {
  return json(200, message(content, more));
}
