import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';

/** URL of the catch-all route that the plugin registers so that Fastify accepts `OPTIONS` on any path. */
export const PREFLIGHT_ROUTE = '*';

const OPTIONS: cors.FastifyCorsOptions = {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'],
  exposedHeaders: [
    'x-request-id',
    'request-id',
    'retry-after',
    'x-laneway-target',
    'x-laneway-node',
    'x-laneway-lane',
    'x-laneway-rule',
    'x-laneway-attempts',
    'x-laneway-generation',
    'x-laneway-warnings',
  ],
  /** Seconds. */
  maxAge: 600,
};

/**
 * Lets pages of allowed origins read replies, and answers their preflights. Must be registered after the Host and
 * Origin check and before the credential check: a preflight carries no credential, and a page must be able to read a
 * 401. Replies taken over from Fastify have to copy the headers set here.
 */
export function registerCors(app: FastifyInstance, readableBy: (origin: string) => boolean): void {
  const delegator: cors.FastifyCorsOptionsDelegateCallback = (request, callback) => {
    const { origin = '' } = request.headers;
    callback(null, { ...OPTIONS, origin: readableBy(origin), preflight: isPreflightRequest(request) });
  };
  // Called rather than registered: registered plugins load later, and its hook would run after the credential check.
  cors(forPages(app), { delegator }, (error) => {
    if (error !== undefined) throw error;
  });
}

/** The same server, but hooks added through it run only for requests with an `Origin`: programs send none. */
function forPages(app: FastifyInstance): FastifyInstance {
  const addHook = (name: 'onRequest', hook: onRequestHookHandler): FastifyInstance =>
    app.addHook(name, (request, reply, done) => {
      if (request.headers.origin === undefined) done();
      else hook.call(app, request, reply, done);
    });
  return Object.assign(Object.create(app) as FastifyInstance, { addHook });
}

/** Whether this is a preflight: a browser sends it before a page's request, without a credential (wire case 21). */
export function isPreflightRequest({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}
