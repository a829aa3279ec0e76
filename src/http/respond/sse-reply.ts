import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

import type { EventReader } from '../events/event-hub.ts';

/** Interval of comments, which keep a quiet stream alive through proxies. */
const HEARTBEAT_MS = 15_000;

/** A reader that falls further behind is disconnected: its backlog would grow without bound. */
const BACKLOG_MAX_BYTES = 1024 * 1024;

/** A reply that stays open and sends server-sent events. Headers set by plugins (CORS) are kept. */
export class SseReply implements EventReader {
  readonly #raw: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;

  /** Takes the reply over from Fastify and sends its headers; `onClose` is called once, however the stream ends. */
  constructor(reply: FastifyReply, requestId: string, onClose: () => void) {
    reply.hijack();
    this.#raw = reply.raw;
    this.#heartbeat = setInterval(() => {
      this.send(': still here\n\n');
    }, HEARTBEAT_MS).unref();
    this.#raw.once('close', () => {
      clearInterval(this.#heartbeat);
      onClose();
    });
    // A broken connection must not become an uncaught error; `close` follows.
    this.#raw.on('error', () => undefined);
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) this.#raw.setHeader(name, value);
    }
    this.#raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Keeps nginx from buffering events.
      'x-accel-buffering': 'no',
      'x-request-id': requestId,
    });
    this.#raw.flushHeaders();
  }

  send(event: string): void {
    if (this.#raw.destroyed || this.#raw.writableEnded) return;
    if (this.#raw.writableLength > BACKLOG_MAX_BYTES) this.#raw.destroy();
    else this.#raw.write(event);
  }

  end(): void {
    this.#raw.end();
  }
}
