import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Longest time for which a body is dropped, and longest pause in it (nginx: `lingering_time`, `lingering_timeout`). */
const LINGER_MS = 30_000;
const PAUSE_MS = 5_000;

/** The most that is dropped of one body: twice the largest limit that can be configured. */
const DROPPED_MAX_BYTES = 1024 * 1024 * 1024;

/** Up to this length an unread body is dropped by Node, and the connection is kept. */
const KEPT_MAX_BYTES = 1024 * 1024;

/** Whether the client has announced a body that has not arrived in full. */
export function isBodyUnread({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Whether an unread body is too long to be dropped for the sake of the connection. */
export function isTooLongToDrop({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > KEPT_MAX_BYTES;
}

/**
 * An error body as a stream that ends only once the request's body has arrived and been dropped, within bounds. To close
 * the connection earlier would make the kernel reset it, and the client would lose the reply before it has read it (RFC
 * 9112, section 9.6). The bytes of the reply are sent at once.
 */
export function lingeringReply(body: Buffer, request: IncomingMessage): Readable {
  const reply = new Readable({ read: () => undefined });
  let dropped = 0;
  const end = (): void => {
    clearTimeout(total);
    clearTimeout(pause);
    request.off('data', onData).off('end', end).off('error', end).off('close', end);
    reply.push(null);
  };
  const onData = (chunk: Buffer): void => {
    dropped += chunk.length;
    if (dropped > DROPPED_MAX_BYTES) end();
    else pause.refresh();
  };
  const total = setTimeout(end, LINGER_MS).unref();
  const pause = setTimeout(end, PAUSE_MS).unref();
  reply.push(body);
  request.on('data', onData).on('end', end).on('error', end).on('close', end).resume();
  return reply;
}
