import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const METHODS = 'GET, HEAD, POST, PUT, DELETE, PATCH';

const EXPOSED = [
  'x-request-id',
  'request-id',
  'retry-after',
  'x-laneway-target',
  'x-laneway-node',
  'x-laneway-lane',
  'x-laneway-attempts',
  'x-laneway-generation',
  'x-laneway-warnings',
].join(', ');

/**
 * Lets pages of allowed origins read the answers (API section 1). Our own, since @fastify/cors works on every request
 * (5 µs of 60) and nearly all of them come from programs, which send no origin.
 */
export function registerCors(app: FastifyInstance, readableBy: (origin: string) => boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (origin !== undefined && readableBy(origin)) sendCorsHeaders(reply, origin);
    done();
  });

  // Takes every path, so that a preflight says nothing of what there is; other OPTIONS have no route.
  app.options('/*', { config: { role: 'admin' }, schema: { hide: true } }, (request, reply) => {
    if (!isPreflightRequest(request)) {
      reply.callNotFound();
      return reply;
    }
    const headers = request.headers['access-control-request-headers'];
    if (headers !== undefined) void reply.header('access-control-allow-headers', headers);
    return reply
      .code(204)
      .header('access-control-allow-methods', METHODS)
      .header('access-control-max-age', '600')
      .send();
  });
}

/** Asks before a page's request, and carries no credential by itself (wire case 21). */
export function isPreflightRequest({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** The headers that let a page of this origin read the answer. */
export function sendCorsHeaders(reply: FastifyReply, origin: string): void {
  void reply.header('access-control-allow-origin', origin);
  void reply.header('access-control-expose-headers', EXPOSED);
  void reply.header('vary', 'Origin');
}
