import { connect } from 'node:net';

import type { AuditPage, Store } from '../../../src/store/store.ts';
import { UnwritableStore } from '../../../src/store/files/unwritable.ts';
import { json, text as plain } from '../../support/fake-replies.ts';
import { refusedUrl, startBlackHole } from '../../support/fake-network.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { startRouterServer } from '../../support/engines/router-server.ts';
import { selfSigned } from '../../support/self-signed.ts';

/** The token of the gateway `closed`; obviously fake. */
export const TOKEN = 'lw-fake-admin-token-0123456789';

/** A reply, from fetch or a raw socket. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A request. */
export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; objects as JSON with their content type. */
  readonly body?: unknown;
}

/**
 * `open` requires no key, `closed` the token; `fixed` does not switch; `engines` acts on a router with the models `a` and
 * `endless`, whose load never ends; the others have faults.
 */
export type Which = 'open' | 'closed' | 'fixed' | 'engines' | 'stateless' | 'broken' | 'draining';

/** Gateways in every state that the table needs, with servers that fail as their model's name says. */
export class Gateways {
  readonly #servers: { close(): Promise<unknown> }[] = [];
  readonly #gateways = new Map<Which, TestGateway>();
  readonly #upstream: FakeUpstream;
  readonly #config: Record<string, unknown>;

  private constructor(upstream: FakeUpstream, config: Record<string, unknown>) {
    this.#upstream = upstream;
    this.#config = config;
  }

  /** `replies`: the upstream's replies to chats by model; all other models get a hello. */
  static async start(replies: ReadonlyMap<string, Reply>): Promise<Gateways> {
    const upstream = await startFakeUpstream((request) => {
      if (request.method === 'GET')
        return json(200, { object: 'list', data: [...replies.keys()].map(model) });
      const { model: name } = request.json() as { model: string };
      const { input } = request.json() as { input?: unknown };
      const count = Array.isArray(input) ? input.length : 1;
      const vectors = [1, 2]
        .slice(0, count)
        .map((number, index) => ({ object: 'embedding', index, embedding: [number] }));
      const frame = { model: 'm', usage: { prompt_tokens: 2, total_tokens: 2 } };
      if (request.path === '/v1/embeddings') return json(200, { object: 'list', data: vectors, ...frame });
      if (request.path === '/v1/completions') {
        const choices = [{ text: ' upon a time', index: 0, finish_reason: 'stop' }];
        return json(200, { object: 'text_completion', choices, ...frame });
      }
      if (request.path === '/v1/rerank') {
        const results = [1, 0].map((index) => ({ index, relevance_score: index }));
        return json(200, { results, ...frame });
      }
      if (request.path !== '/v1/chat/completions') return plain(200, request.path);
      return replies.get(name) ?? json(200, completion('hello'));
    });
    const secure = await startFakeUpstream([], { tls: selfSigned() });
    const hole = await startBlackHole();
    const started = new Gateways(upstream, configOver(upstream, secure, hole.url, await refusedUrl()));
    started.#servers.push(upstream, secure, hole);
    return started;
  }

  /** Starts the gateway on first use. */
  async of(which: Which): Promise<TestGateway> {
    const there = this.#gateways.get(which);
    if (there !== undefined) return there;
    if (which === 'engines') return this.#withEngine();
    const config = which === 'fixed' ? { ...this.#config, runtime_switching: false } : this.#config;
    const gateway = await startGateway({
      config,
      discover: false,
      maxBodyBytes: 1024 * 1024,
      ...(which === 'closed'
        ? { access: { listenHost: '0.0.0.0', adminToken: TOKEN, dataPlane: 'closed' } }
        : {}),
      ...(which === 'stateless' ? { store: new UnwritableStore('the disk is full', null) } : {}),
      ...(which === 'broken' ? { store: new BrokenStore('a mistake', null) } : {}),
    });
    if (which === 'draining') gateway.app.admission.drain();
    this.#gateways.set(which, gateway);
    return gateway;
  }

  async #withEngine(): Promise<TestGateway> {
    const { router, upstream } = await startRouterServer('a', 'endless');
    router.onLoad = (id) =>
      id === 'endless' ? [{ value: 'loading' }] : [{ value: 'loading' }, { value: 'loaded', window: 1024 }];
    this.#servers.push(upstream);
    const gateway = await startGateway({
      config: {
        providers: { router: { type: 'llamacpp', base_url: upstream.url } },
        pools: { local: { budget_gb: 64 } },
      },
      engines: {},
    });
    await gateway.app.engines.start();
    this.#gateways.set('engines', gateway);
    return gateway;
  }

  /** Number of chats that reached an upstream. */
  get upstreamChats(): number {
    return this.#upstream.requests.filter(({ method }) => method === 'POST').length;
  }

  async stop(): Promise<void> {
    for (const gateway of this.#gateways.values()) await gateway.stop();
    for (const server of this.#servers) await server.close();
  }
}

/** An internal error, thrown where audit rows are read. */
class BrokenStore extends UnwritableStore implements Store {
  override listAudit(): Promise<AuditPage> {
    return Promise.reject(new Error('a mistake with sk-fake-secret in it'));
  }
}

function model(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'fake' };
}

function configOver(
  upstream: FakeUpstream,
  secure: FakeUpstream,
  hole: string,
  refused: string,
): Record<string, unknown> {
  const server = (url: string): object => ({ type: 'openai_compatible', base_url: `${url}/v1`, local: true });
  return {
    default_lane: 'main',
    providers: {
      up: server(upstream.url),
      secure: server(secure.url),
      hole: server(hole),
      refused: server(refused),
      nowhere: server('http://no-such-host.invalid'),
      dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY' },
    },
    models: {
      'up/m': {},
      'up/other': {},
      'up/small': { capabilities: { context_length: 10 } },
      'up/scores': { kind: 'rerank' },
      'up/vectors': { capabilities: { supports_embeddings: true } },
      'dark/gpt': {},
      'hole/m': {},
      'refused/m': {},
      'secure/m': {},
      'nowhere/m': {},
    },
    lanes: {
      impatient: { concurrency: 1, queue: { max: 0 } },
      patient: { concurrency: 1, queue: { wait_s: 0.05 } },
      main: { preferred: ['up/m'] },
      hurried: { preferred: ['up/silent'], deadlines: { total_s: 0.2 } },
    },
    defaults: { deadlines: { connect_s: 0.7, first_token_s: 0.7 } },
    nodes: { evaluate: { model: 'up/m', why: 'simple scoring, cheap' } },
  };
}

/** Sends a request with fetch. */
export async function ask(gateway: TestGateway, { method, path, headers, body }: Ask): Promise<Answer> {
  const isJson = typeof body === 'object';
  const answer = await fetch(gateway.url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as string) }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** Sends bytes and reads until the gateway closes. */
export function askRaw(gateway: TestGateway, bytes: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.on('error', reject).on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      const [first = '', ...lines] = head.split('\r\n');
      const headers = lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ]);
      resolve({ status: Number(first.split(' ')[1]), headers: new Headers(headers), text: body });
    });
  });
}
