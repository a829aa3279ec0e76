// The measure for Laneway's cost: the cheapest proxy that Fastify 5 and undici allow, with no features at all.
// It never looks at a body, knows one upstream and handles no failure beyond closing. UPSTREAM is its origin.
import fastify from 'fastify';
import type { ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const origin = process.env['UPSTREAM'] ?? '';
const port = Number(process.env['PORT']);
const path = '/v1/chat/completions';
const requestHeaders = ['content-type', 'application/json', 'authorization', 'Bearer sk-fake-upstream'];
const pool = new Pool(origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });

/** Writes one upstream reply to the client: a body that arrives whole in one `end`, others chunk by chunk. */
class Relay implements Dispatcher.DispatchHandler {
  readonly #reply: ServerResponse;
  #controller: Dispatcher.DispatchController | null = null;
  #length = -1;
  #whole: Buffer | null = null;
  #ended = false;

  constructor(reply: ServerResponse) {
    this.#reply = reply;
    reply.on('close', () => {
      if (!this.#ended) this.#controller?.abort(new Error('client closed'));
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const kept: string[] = ['content-type', String(headers['content-type'])];
    const length = headers['content-length'];
    if (typeof length === 'string') {
      this.#length = Number(length);
      kept.push('content-length', length);
    }
    this.#reply.writeHead(status, kept);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (chunk.length === this.#length) {
      this.#whole = chunk;
    } else if (!this.#reply.write(chunk)) {
      controller.pause();
      this.#reply.once('drain', () => {
        controller.resume();
      });
    }
  }

  onResponseEnd(): void {
    this.#ended = true;
    if (this.#whole === null) this.#reply.end();
    else this.#reply.end(this.#whole);
  }

  onResponseError(): void {
    this.#ended = true;
    this.#reply.destroy();
  }
}

const app = fastify({ logger: false, bodyLimit: 64 * 1024 * 1024 });
app.removeContentTypeParser('application/json');
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});
app.post(path, (request, reply) => {
  void reply.hijack();
  const body = request.body as Buffer;
  pool.dispatch({ path, method: 'POST', headers: requestHeaders, body }, new Relay(reply.raw));
});
app.get('/health', () => ({ status: 'ok' }));
await app.listen({ port, host: '127.0.0.1' });
// an end that lets Node write a profile
process.on('SIGTERM', () => process.exit(0));
