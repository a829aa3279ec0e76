import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';

import { GatewayError } from '../protocol/errors.ts';
import { onClientError, registerErrors, sendError } from './plugins/errors.ts';
import { registerCors } from './plugins/cors.ts';
import { originGuard } from './plugins/origin-guard.ts';
import type { HttpPorts } from './ports.ts';
import { registerDebugModels } from './routes/api/debug/models.ts';
import { registerDebugRequests } from './routes/api/debug/requests.ts';
import { registerDebugResolve } from './routes/api/debug/resolve.ts';
import { registerHealth } from './routes/health.ts';
import { registerChatCompletions } from './routes/v1/chat-completions.ts';
import { registerModels } from './routes/v1/models.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Monotonic ms at which the headers were there, and at which the Host and Origin check was over. */
    receivedAt: number;
    authenticatedAt: number;
  }
}

/** Milliseconds; reliability section 5.1. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
const KEEP_ALIVE_TIMEOUT = 72_000;

/**
 * No route has a schema of Fastify's own: its two compilers would only cost 150 ms and 8 MB at the start. What stands
 * in for them is never called; their types demand whole compilers.
 */
const WITHOUT_COMPILERS = {
  compilersFactory: { buildValidator: () => () => () => true, buildSerializer: () => () => JSON.stringify },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** Builds the HTTP server with every route; the caller listens. */
export function buildServer(ports: HttpPorts): FastifyInstance {
  const app = Fastify({
    bodyLimit: ports.maxBodyBytes,
    genReqId: ports.nextId,
    requestIdHeader: false,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Node looks for late requests every 30 s unless told (reliability section 0, point 3).
    http: { headersTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: 1_000 },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_024 },
    schemaController: WITHOUT_COMPILERS,
    clientErrorHandler: onClientError(ports.nextId),
    frameworkErrors: (_error, request, reply) => {
      void reply.header('x-request-id', request.id);
      sendError(reply, new GatewayError('route_not_found', 'the path is not well formed'));
    },
  });
  app.decorateRequest('receivedAt', 0);
  app.decorateRequest('authenticatedAt', 0);
  registerErrors(app, ports);
  registerBodies(app);
  registerGuard(app, ports);
  registerCors(app);
  registerReplyHeaders(app, ports);

  registerHealth(app, ports);
  registerChatCompletions(app, ports);
  registerModels(app, ports);
  registerDebugModels(app, ports);
  registerDebugResolve(app, ports);
  registerDebugRequests(app, ports);
  return app;
}

/** Bodies stay bytes: the data plane forwards them, Laneway's own API parses them itself. */
function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /charset\s*=\s*"?([^;"\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset === undefined || /^utf-?8$/i.test(charset)) done(null, body);
    else done(new GatewayError('unsupported_media_type', `charset ${charset} is not UTF-8`));
  });
  app.addContentTypeParser('*', (request, _payload, done) => {
    if (request.headers['content-length'] === '0') done(null, undefined);
    else done(new GatewayError('unsupported_media_type', 'the request body must be application/json'));
  });
}

/** The authenticate phase, for every route but `/health`: no client keys yet, so Host and Origin decide. */
function registerGuard(app: FastifyInstance, ports: HttpPorts): void {
  const check = originGuard(ports.origins);
  app.addHook('onRequest', (request, _reply, done) => {
    request.receivedAt = ports.clock.now();
    if (request.routeOptions.url !== '/health') check(request.headers.host, request.headers.origin);
    request.authenticatedAt = ports.clock.now();
    done();
  });
}

/** Headers of every reply that Fastify itself sends; the data plane writes its own. */
function registerReplyHeaders(app: FastifyInstance, ports: HttpPorts): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-request-id', request.id);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    if (ports.execution.admission.draining) reply.header('connection', 'close');
    done();
  });
}
