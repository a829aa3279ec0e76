import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

import type { EventReader } from '../events/event-hub.ts';

/** So that proxies and clients see that a quiet stream lives (API section 5). */
const COMMENT_MS = 15_000;

/** A reader that is further behind is closed: it would hold memory without end (API section 5). */
const BEHIND_MAX_BYTES = 1024 * 1024;

/** A reply that stays open and sends events; what the plugins have set (CORS) goes with its headers. */
export class SseReply implements EventReader {
  readonly #raw: ServerResponse;
  readonly #comments: NodeJS.Timeout;

  /** Takes the reply over from Fastify and sends its headers; `onClose` is called once, however the stream ends. */
  constructor(reply: FastifyReply, requestId: string, onClose: () => void) {
    reply.hijack();
    this.#raw = reply.raw;
    this.#comments = setInterval(() => {
      this.send(': still here\n\n');
    }, COMMENT_MS).unref();
    this.#raw.once('close', () => {
      clearInterval(this.#comments);
      onClose();
    });
    // A broken client must never become an uncaught error (reliability R2); `close` follows.
    this.#raw.on('error', () => undefined);
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) this.#raw.setHeader(name, value);
    }
    this.#raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would hold events back.
      'x-accel-buffering': 'no',
      'x-request-id': requestId,
    });
    this.#raw.flushHeaders();
  }

  send(event: string): void {
    if (this.#raw.destroyed || this.#raw.writableEnded) return;
    if (this.#raw.writableLength > BEHIND_MAX_BYTES) this.#raw.destroy();
    else this.#raw.write(event);
  }

  end(): void {
    this.#raw.end();
  }
}
