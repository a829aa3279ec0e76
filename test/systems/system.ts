import { json, sse } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeRequest, type Reply } from '../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { call } from '../http/operator.ts';

/** One request that reached a server. */
export interface Seen {
  /** Full model id. */
  readonly target: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A gateway on an operator's own configuration of providers alone, with one preset active, and fake servers. */
export interface System {
  readonly gateway: TestGateway;
  /** Requests in the order in which they came; lists of models are left out. */
  readonly seen: readonly Seen[];
  /** What a target answers from now on; null: as at first, its own name. */
  answer(target: string, reply: Reply | null): void;
  /** A chat; the text that came back. */
  chat(body: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts the gateway and activates the preset by its call. `served`: the models of each local server, by provider;
 * all providers of the shipped configuration exist.
 */
export async function startSystem(
  preset: string,
  served: Readonly<Record<string, readonly string[]>>,
  options: { readonly variables?: Readonly<Record<string, string>>; readonly user?: object } = {},
): Promise<System> {
  const seen: Seen[] = [];
  const answers = new Map<string, Reply>();
  const upstream = await startFakeUpstream((request) => {
    const [, provider = '', , ...rest] = request.path.split('/');
    // Without a list no model of a cloud counts as installed here, although its fake has to be local.
    if (request.method === 'GET' && !LOCAL.includes(provider))
      return json(404, { error: { message: 'no list' } });
    if (request.method === 'GET') {
      const data = (served[provider] ?? []).map((id) => ({
        id,
        object: 'model',
        created: 0,
        owned_by: provider,
      }));
      return json(200, { object: 'list', data });
    }
    const body = request.json() as Record<string, unknown>;
    const target = `${provider}/${String(body['model'])}`;
    seen.push({ target, path: `/${rest.join('/')}`, body });
    return answers.get(target) ?? replyOf(request, target);
  });
  const gateway = await startGateway({
    config: {
      default_lane: 'own',
      providers: Object.fromEntries(PROVIDERS.map((id) => [id, providerOf(id, upstream.url)])),
      lanes: { own: {} },
    },
    files: { 'user_models.json': options.user ?? {} },
    presets: true,
    ...(options.variables === undefined ? {} : { variables: options.variables }),
  });
  const activated = await call(gateway, 'POST', `/api/profiles/${preset}/activate`);
  if (activated.status !== 200) throw new Error(JSON.stringify(activated.body));
  return {
    gateway,
    seen,
    answer: (target, reply) => {
      if (reply === null) answers.delete(target);
      else answers.set(target, reply);
    },
    chat: async (body, headers) => (await gateway.chat(body, headers)).text(),
    stop: async () => {
      await gateway.stop();
      await upstream.close();
    },
  };
}

const PROVIDERS = ['vllm', 'llamacpp', 'ollama', 'openai', 'anthropic', 'groq', 'xai'];
const LOCAL = ['vllm', 'llamacpp', 'ollama'];

/** Every server speaks OpenAI's API here: this is about which model is asked, and for what. */
function providerOf(id: string, url: string): object {
  return { type: 'openai_compatible', base_url: `${url}/${id}/v1`, local: true };
}

function replyOf(request: FakeRequest, target: string): Reply {
  const { stream, input } = request.json() as { stream?: boolean; input?: unknown };
  if (input !== undefined) {
    return json(200, {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [1, 2] }],
      model: target,
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
  }
  const model = (body: object): object => ({ ...body, model: target.slice(target.indexOf('/') + 1) });
  return stream === true
    ? sse([
        ...chunks(`by ${target}`).map((event) => JSON.stringify(model(JSON.parse(event) as object))),
        '[DONE]',
      ])
    : json(200, model(completion(`by ${target}`)));
}
