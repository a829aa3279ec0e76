import type { FastifyInstance } from 'fastify';

const METHODS = 'GET, HEAD, POST, PUT, DELETE, PATCH';

const EXPOSED = [
  'x-request-id',
  'retry-after',
  'x-laneway-target',
  'x-laneway-node',
  'x-laneway-lane',
  'x-laneway-attempts',
  'x-laneway-generation',
  'x-laneway-warnings',
].join(', ');

/**
 * Lets pages whose origin has passed the guard read the answers (API section 1). Our own, since @fastify/cors works
 * on every request (5 µs of 60) and nearly all of them come from programs, which send no origin.
 */
export function registerCors(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (origin !== undefined) {
      void reply.header('access-control-allow-origin', origin);
      void reply.header('access-control-expose-headers', EXPOSED);
      void reply.header('vary', 'Origin');
    }
    done();
  });

  // A preflight needs no credential; Host and Origin were checked before (wire case 21).
  app.options('/*', (request, reply) => {
    const headers = request.headers['access-control-request-headers'];
    if (headers !== undefined) void reply.header('access-control-allow-headers', headers);
    return reply
      .code(204)
      .header('access-control-allow-methods', METHODS)
      .header('access-control-max-age', '600')
      .send();
  });
}
