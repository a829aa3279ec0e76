import type { FastifyInstance, preHandlerHookHandler } from 'fastify';

/**
 * Sends the generation as `ETag` with every read of Laneway's own API, for a later `If-Match`. It is read before the
 * handler reads anything: a tag that is too old only causes a needless 412, one that is too new would hide a change.
 */
export function registerEtags(app: FastifyInstance, generation: () => number): void {
  const tag: preHandlerHookHandler = (_request, reply, done) => {
    void reply.header('etag', `"${generation()}"`);
    done();
  };
  app.addHook('onRoute', (route) => {
    const reads = [route.method].flat().some((method) => method === 'GET' || method === 'HEAD');
    if (!reads || !route.url.startsWith('/api/')) return;
    route.preHandler = [tag, ...[route.preHandler ?? []].flat()];
    route.onSend = [
      (_request, reply, _payload, done) => {
        if (reply.statusCode >= 300) void reply.removeHeader('etag');
        done();
      },
      ...[route.onSend ?? []].flat(),
    ];
  });
}
