import type { PoolView } from '../../src/engines/pool/views.ts';
import { poolMetrics } from '../../src/http/metrics/pools.ts';
import { json, sse } from '../support/fake-replies.ts';
import { refusedUrl } from '../support/fake-network.ts';
import { writeConfig } from '../support/config-files.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { startRouterServer } from '../support/engines/router-server.ts';
import { chunks, completion, startGateway, type TestGateway } from '../support/gateway.ts';

const TOKEN = 'lw-fake-admin-token-0123456789';

/** A JSON schema, as far as the page repeats it. */
export interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** One call of the OpenAPI document. */
export interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Required<Content>;
  readonly responses: Readonly<Record<string, Content>>;
  readonly security?: readonly object[];
}

/** The calls of an OpenAPI document: `GET /api/debug/models` and the like. */
export function documentOf(document: unknown): Map<string, Operation> {
  const { paths } = document as { paths: Record<string, Record<string, Operation>> };
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    ),
  );
}

/** A gateway that can answer the page's examples; of its two upstreams one works and one refuses connections. */
export class ApiGateway {
  readonly gateway: TestGateway;
  readonly #upstream: FakeUpstream;
  readonly #config: object;

  private constructor(gateway: TestGateway, upstream: FakeUpstream, config: object) {
    this.gateway = gateway;
    this.#upstream = upstream;
    this.#config = config;
  }

  static async start(): Promise<ApiGateway> {
    const upstream = await startFakeUpstream((request) => {
      const frame = { model: 'm', usage: { prompt_tokens: 2, total_tokens: 2 } };
      if (request.method === 'GET') {
        const ids = ['m', 'all-minilm:latest'];
        return json(200, { object: 'list', data: ids.map((id) => ({ id, object: 'model' })) });
      }
      if (request.path === '/v1/embeddings') {
        const { input } = request.json() as { input: unknown };
        const count = Array.isArray(input) ? input.length : 1;
        const data = [1, 2]
          .slice(0, count)
          .map((value, index) => ({ object: 'embedding', index, embedding: [value] }));
        return json(200, { object: 'list', data, ...frame });
      }
      if (request.path === '/v1/rerank') {
        return json(200, { results: [{ index: 0, relevance_score: 0.9 }], ...frame });
      }
      if (request.path === '/v1/completions') {
        const choices = [{ text: ' there was', index: 0, finish_reason: 'stop' }];
        return json(200, { object: 'text_completion', choices, ...frame });
      }
      const { stream } = request.json() as { stream?: boolean };
      return stream === true ? sse([...chunks('Hello'), '[DONE]']) : json(200, completion('Hello'));
    });
    const server = (url: string): object => ({
      type: 'openai_compatible',
      base_url: `${url}/v1`,
      local: true,
    });
    const config = {
      default_lane: 'coder',
      providers: {
        ollama: server(upstream.url),
        openai: server(upstream.url),
        vllm: { ...server(upstream.url), concurrency: 64 },
        down: server(await refusedUrl()),
      },
      models: {
        'vllm/BAAI/bge-reranker-v2-m3': {},
        'ollama/all-minilm:latest': { capabilities: { supports_embeddings: true } },
      },
      lanes: { coder: { preferred: ['down/m', 'ollama/m'] } },
      nodes: { evaluate: { lane: 'coder' } },
    };
    return new ApiGateway(await startGateway({ config, discover: false }), upstream, config);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.#upstream.close();
  }

  post(path: string, body: unknown, method = 'POST'): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(this.gateway.url + path, { method, headers, body: JSON.stringify(body) });
  }

  /** Paths without a wildcard, as `GET /api/debug/models/:node/history`, whether or not they are described. */
  registeredRoutes(): string[] {
    const routes: string[] = [];
    const above: string[] = [];
    for (const line of this.gateway.app.server.printRoutes({ commonPrefix: false }).split('\n')) {
      const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S+) \((.+)\)$/.exec(line) ?? [];
      if (part === '' || part.endsWith('*')) continue;
      const depth = indent.length / 4;
      const path = (above[depth - 1] ?? '') + part;
      above[depth] = path;
      for (const method of methods.split(', ')) if (method !== 'HEAD') routes.push(`${method} ${path}`);
    }
    return routes;
  }

  /** The role of each call, inferred from which calls require a token while the data plane is open. */
  async roles(): Promise<ReadonlyMap<string, string>> {
    this.#roles ??= readRoles();
    return this.#roles;
  }

  #roles: Promise<ReadonlyMap<string, string>> | undefined;

  /** Name, type and labels of each metric, once there is something to count. */
  async metrics(): Promise<unknown[][]> {
    await this.#traffic();
    const text = await (await fetch(`${this.gateway.url}/metrics`)).text();
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => {
      const sample = new RegExp(`^${name}(?:_bucket)?(?:\\{(.*)\\})? `, 'm').exec(text);
      if (sample === null) throw new Error(`${name} has no sample: its labels are not known`);
      const labels = [...(sample[1] ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label);
      return [name, type, labels.filter((label) => label !== 'le').toSorted()];
    });
    // This gateway has no engine, and most machines no sensor that can be read.
    const ofPools = poolMetrics([POOL]).map(({ name, type, values }) => [
      name,
      type,
      Object.keys(values[0]?.labels ?? {}).toSorted(),
    ]);
    return [...shown, ...ofPools];
  }

  /** The fields of one event of each name, after something of every kind has happened. */
  async events(): Promise<Record<string, string[]>> {
    const { gateway } = this;
    const abort = new AbortController();
    const path = '/api/events?last_event_id=another-1';
    const stream = await fetch(gateway.url + path, { signal: abort.signal });
    await gateway.app.discovery.start();
    await this.#traffic();
    await this.post('/api/debug/models/evaluate', { provider: 'ollama', model_id: 'm' }, 'PUT');
    writeConfig(gateway.folder, { 'models.json': { ...this.#config, aliases: { gpt: 'lane:coder' } } });
    await fetch(`${gateway.url}/api/debug/config/reload`, { method: 'POST' });

    const found: Record<string, string[]> = {};
    const wanted = ['switch', 'health', 'config', 'discovery', 'request'];
    const deadline = setTimeout(() => {
      abort.abort(new Error(`only these events came: ${Object.keys(found).join()}`));
    }, 5_000);
    let text = '';
    for await (const piece of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (const [, name = '', data = ''] of text.matchAll(/^event: (.+)\ndata: (.+)\n\n/gm))
        found[name] = Object.keys(JSON.parse(data) as object);
      if (wanted.every((name) => name in found)) break;
    }
    clearTimeout(deadline);
    return { ...found, pool: await poolEvent() };
  }

  async #traffic(): Promise<void> {
    const reply = await this.gateway.chat({ model: 'evaluate', stream: true });
    await reply.text();
    await this.gateway.trace(reply);
  }
}

const POOL: PoolView = {
  ...{ name: 'local', budget_bytes: 4, reserve_bytes: 1, used_bytes: 2, free_bytes: 1, source: 'meminfo' },
  ...{ pressure: 0, temperature_c: 60, thermal: 'normal', state: 'ready', error: null, switch: null },
  burst: null,
  resident: [
    {
      ...{ model: 'llamacpp/m', state: 'loaded', bytes: 2, in_flight: 0, pinned: false },
      ...{ loaded_at: null, last_used_at: null },
    },
  ],
  waiting: [],
};

/** The fields of a `pool` event, which only a gateway with an engine sends. */
async function poolEvent(): Promise<string[]> {
  const { upstream } = await startRouterServer('m');
  const gateway = await startGateway({
    config: {
      providers: { router: { type: 'llamacpp', base_url: upstream.url } },
      pools: { local: { budget_gb: 64 } },
    },
    engines: {},
  });
  try {
    await gateway.app.engines.start();
    const headers = { 'content-type': 'application/json' };
    const call = `${gateway.url}/api/engines/router/models/m/load`;
    await (await fetch(call, { method: 'POST', headers, body: '{}' })).text();
    const stream = await fetch(`${gateway.url}/api/events?last_event_id=another-1`);
    let text = '';
    for await (const piece of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const [, data] = /^event: pool\ndata: (.+)\n\n/m.exec(text) ?? [];
      if (data !== undefined) return Object.keys(JSON.parse(data) as object);
    }
    return [];
  } finally {
    await gateway.stop();
    await upstream.close();
  }
}

async function readRoles(): Promise<ReadonlyMap<string, string>> {
  const gateway = await startGateway({
    config: { default_lane: 'main', lanes: { main: {} } },
    discover: false,
    access: { adminToken: TOKEN, dataPlane: 'open' },
  });
  const reply = await fetch(`${gateway.url}/docs/json`, { headers: { 'x-api-key': TOKEN } });
  const operations = documentOf(await reply.json());
  await gateway.stop();
  return new Map(
    [...operations].map(([call, { security = [] }]) => {
      if (security.length === 0) return [call, 'public'];
      // An empty entry: the credential is optional.
      return [call, security.some((entry) => Object.keys(entry).length === 0) ? 'client' : 'admin'];
    }),
  );
}
