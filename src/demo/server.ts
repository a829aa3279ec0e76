import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendAnswer, sendJson, streamAnswer } from './answer.ts';
import { createServer } from '../util/node-http.ts';
import { decide } from './decide.ts';
import { PRACTICE_CONTEXT, PRACTICE_MODELS, type PracticeModel } from './practice-models.ts';
import { readChatRequest, RejectedRequest } from './read-request.ts';
import { chunkReply } from './chunk-reply.ts';

/** A running practice server. */
export interface DemoServer {
  /** Base URL with `/v1`, on the loopback address. */
  readonly url: string;
  /** Aborts running requests and frees the port. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Starts the practice models on a free loopback port: a real upstream that speaks OpenAI's chat wire, with and without
 * streams. `now` returns wall-clock milliseconds for `created`. Rejects when it cannot listen.
 */
export async function startDemoServer(now: () => number = Date.now): Promise<DemoServer> {
  const practice = new Practice(now);
  const server = createServer((request, response) => {
    void practice.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

class Practice {
  readonly #now: () => number;
  /** Chat requests so far, by model. */
  readonly #requests = new Map<string, number>();
  #answers = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = new AbortController();
    response.on('close', () => connection.abort());
    try {
      await this.#route(request, response, connection.signal);
    } catch (error) {
      if (connection.signal.aborted) return;
      if (response.headersSent) response.destroy();
      else sendError(response, error);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, disconnected: AbortSignal): Promise<void> {
    const { method = '', url = '' } = request;
    const [path = ''] = url.split('?', 1);
    if (method === 'GET' && path === '/v1/models') {
      sendJson(response, 200, { object: 'list', data: PRACTICE_MODELS.map(listEntry) });
      return;
    }
    if (method !== 'POST' || path !== '/v1/chat/completions') {
      throw new RejectedRequest(404, `There is no route ${method} ${path}.`, null, 'route_not_found');
    }
    const chat = readChatRequest(await readBody(request));
    const model = this.#admit(chat.model);
    const number = ++this.#answers;
    const head = {
      id: `chatcmpl-practice-${number}`,
      created: Math.floor(this.#now() / 1000),
      model: model.id,
    };
    const reply = chunkReply(decide(model, chat), chat, number);
    const answer = { model, request: chat, head, ...reply, response, disconnected };
    await (chat.stream ? streamAnswer(answer) : sendAnswer(answer));
  }

  #admit(id: string): PracticeModel {
    const model = PRACTICE_MODELS.find((entry) => entry.id === id);
    if (model === undefined) {
      const names = PRACTICE_MODELS.map((entry) => entry.id).join(', ');
      const message = `The model '${id}' does not exist here. Practice models: ${names}.`;
      throw new RejectedRequest(404, message, 'model', 'model_not_found');
    }
    const before = this.#requests.get(id) ?? 0;
    this.#requests.set(id, before + 1);
    if (model.rejectsEveryOther && before % 2 === 0) {
      const message = `The practice model '${id}' is overloaded: it rejects every other request.`;
      throw new RejectedRequest(503, message, null, 'overloaded', 'overloaded_error');
    }
    return model;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) throw new RejectedRequest(413, 'The body is over 16 MiB.', null, null);
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

function listEntry(model: PracticeModel): object {
  return {
    id: model.id,
    object: 'model',
    created: 0,
    owned_by: 'laneway-demo',
    context_length: PRACTICE_CONTEXT,
  };
}

function sendError(response: ServerResponse, error: unknown): void {
  const rejected =
    error instanceof RejectedRequest
      ? error
      : new RejectedRequest(500, 'The practice server failed.', null, null, 'server_error');
  const { status, message, type, param, code } = rejected;
  sendJson(response, status, { error: { message, type, param, code } });
}
