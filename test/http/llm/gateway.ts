import { onTestFinished } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../../support/fake-upstream.ts';
import { completion, startGateway, type GatewayOptions, type TestGateway } from '../../support/gateway.ts';

/** The reply of a call. */
export interface Called {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly error: { readonly code: string; readonly message: string; readonly param: string | null };
}

/** A gateway, and calls of its own API as JSON. */
export interface Service {
  readonly gateway: TestGateway;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Called>;
}

/** Starts a gateway that the test stops. */
export async function startService(options: GatewayOptions): Promise<Service> {
  const gateway = await startGateway({ discover: false, ...options });
  onTestFinished(() => gateway.stop());
  return {
    gateway,
    call: async (method, path, body, headers = {}) => {
      const reply = await fetch(gateway.url + path, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await reply.text();
      const value = (text === '' ? {} : JSON.parse(text)) as Called['body'];
      return { status: reply.status, body: value, error: (value['error'] ?? {}) as Called['error'] };
    },
  };
}

/** A server with the models `m` and `n`; chats are answered as told, or with a hello. */
export async function startServer(
  answer: (request: FakeRequest, model: string) => Reply | null = () => null,
): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream((request) => {
    if (request.method === 'GET')
      return json(200, { object: 'list', data: ['m', 'n'].map((id) => ({ id, object: 'model' })) });
    const { model } = request.json() as { model: string };
    return answer(request, model) ?? json(200, { ...completion('Hello'), model });
  });
  onTestFinished(() => upstream.close());
  return upstream;
}

/** The bodies of the chats that a server got. */
export function chatsOf({ requests }: FakeUpstream): Record<string, unknown>[] {
  return requests
    .filter(({ method }) => method === 'POST')
    .map((request) => request.json() as Record<string, unknown>);
}

/** A configuration with a node `evaluate` on `up/m`, a lane `main` and a disabled provider. */
export function configOver(url: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    default_lane: 'main',
    providers: {
      up: { type: 'openai_compatible', base_url: `${url}/v1`, api_key: 'env:UP_KEY', local: true },
      dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY' },
    },
    models: { 'up/vectors': { capabilities: { supports_embeddings: true } } },
    lanes: { main: { preferred: ['up/m'] } },
    nodes: {
      evaluate: { model: 'up/m', why: 'simple scoring', params: { temperature: 0.7, top_p: 0.9 } },
      embeddings: { model: 'up/vectors' },
      talk: { lane: 'main' },
    },
    ...more,
  };
}
