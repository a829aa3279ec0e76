import { json, sse } from '../fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../fake-upstream.ts';
import { chunks, completion } from '../gateway.ts';
import { FakeRouter } from './fake-router.ts';

/** A router that answers by HTTP, and chats as soon as it is asked. */
export interface RouterServer {
  readonly router: FakeRouter;
  readonly upstream: FakeUpstream;
  /** Answers a chat in place of the usual reply; null: with that one. */
  onChat: (model: string) => Reply | null;
}

/** Starts a router with these models, none of them loaded. It has no stream of events, like older builds. */
export async function startRouterServer(...ids: readonly string[]): Promise<RouterServer> {
  const router = new FakeRouter(...ids);
  const server = { router, onChat: (_model: string): Reply | null => null };
  const upstream = await startFakeUpstream(async (request) => {
    const { method, path } = request;
    if (path === '/v1/chat/completions') {
      const { model, stream } = request.json() as { model: string; stream?: boolean };
      const instead = server.onChat(model);
      if (instead !== null) return instead;
      const events = chunks('hello').map((each) => each.replace('"model":"m"', `"model":"${model}"`));
      return stream === true ? sse([...events, '[DONE]']) : json(200, { ...completion('hello'), model });
    }
    if (method === 'GET' && path === '/health') return json(200, { status: 'ok' });
    if (method === 'GET' && /^\/(?:props(?:\?|$)|models$)/.test(path)) {
      const { status, body } = await router.get(path, { signal: new AbortController().signal });
      return json(status, body);
    }
    if (method === 'POST' && /^\/models\/(?:un)?load$/.test(path)) {
      const { status, body } = await router.post(path, request.json() as object);
      return json(status, body);
    }
    return json(404, { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } });
  });
  return Object.assign(server, { upstream });
}
