import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import { GatewayError } from '../protocol/errors.ts';
import { requireRoles, ZOD_SCHEMAS } from './control-plane.ts';
import {
  type Access,
  accessCheck,
  registerCredentialCheck,
  registerOriginCheck,
} from './authenticate/authenticate.ts';
import { registerCors } from './plugins/cors.ts';
import { registerEtags } from './plugins/etag.ts';
import { registerBodies } from './receive/body-parsers.ts';
import { delayContinue } from './receive/expect-continue.ts';
import { routedTarget } from './receive/request-head.ts';
import { unreadableRefusal } from './refusals/refused-request.ts';
import { endWithError, onClientError } from './respond/client-error.ts';
import { registerErrors } from './respond/errors.ts';
import { limitStallAtEnd } from './respond/raw-reply.ts';
import { surfaceTable, type SurfaceOf } from './respond/surfaces.ts';
import type { Surface } from '../wire/surface.ts';
import type { HttpPorts } from './ports.ts';
import { registerRoutes } from './routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Monotonic ms at which the headers had arrived, and at which the caller was authenticated. */
    receivedAt: number;
    authenticatedAt: number;
  }
}

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/** Builds the HTTP server with every route; the caller listens. */
export function buildServer(ports: HttpPorts): FastifyInstance {
  const access = accessCheck(ports.access, ports.sessions);
  const app = Fastify({
    genReqId: ports.nextId,
    requestIdHeader: false,
    schemaController: ZOD_SCHEMAS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Node checks for timed-out requests only every 30 s by default. Each check wakes an idle process for 0.1 ms.
      connectionsCheckingInterval: 2_000,
      // A missing Host is rejected by the access check: Node's own 400 has no error envelope and no request id.
      requireHostHeader: false,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_024 },
    rewriteUrl: ({ url = '/' }) => routedTarget(url),
    clientErrorHandler: onClientError(ports.nextId, ports.refusals),
    frameworkErrors: (_error, request, reply) => {
      setCommonHeaders(request, reply, surfaceOf(request));
      refuse(request, reply, accessError(access, request, reply) ?? MALFORMED_PATH);
    },
  });
  delayContinue(app.server);
  rejectTunnels(app.server, ports);
  const surfaceOf: SurfaceOf = surfaceTable(app);
  requireRoles(app);
  const refuse = registerErrors(app, ports, surfaceOf);
  registerBodies(app, ports);
  registerOriginCheck(app, access, ports.clock);
  registerCors(app, access.readableBy);
  registerCredentialCheck(app, access, ports.clock);
  registerReplyHeaders(app, ports, surfaceOf);
  registerEtags(app, () => ports.registry.snapshot.generation);

  registerRoutes(app, ports);
  return app;
}

const MALFORMED_PATH = new GatewayError('route_not_found', 'the path is malformed');

/** The error that the access checks throw for a request; null when it passes. */
function accessError(access: Access, request: FastifyRequest, reply: FastifyReply): GatewayError | null {
  try {
    access.checkOrigin(request, reply);
    access.checkCredential(request, reply);
    return null;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** Answers `CONNECT`, for which Node would close the connection without a word. */
function rejectTunnels(server: Server, { nextId, refusals }: HttpPorts): void {
  const error = new GatewayError('invalid_body', 'CONNECT is not supported: Laneway is not a proxy');
  server.on('connect', (_request, socket: Socket) => {
    // A broken connection must not become an uncaught error.
    socket.on('error', () => undefined).resume();
    const id = nextId();
    refusals.add(unreadableRefusal(id, error, socket.remoteAddress));
    endWithError(socket, error, id);
  });
}

/** Sets headers on every reply that Fastify sends; the data plane writes its own. */
function registerReplyHeaders(app: FastifyInstance, ports: HttpPorts, surfaceOf: SurfaceOf): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    setCommonHeaders(request, reply, surfaceOf(request));
    if (ports.execution.admission.draining) reply.header('connection', 'close');
    limitStallAtEnd(reply.raw);
    done();
  });
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply, { requestIdHeader }: Surface): void {
  void reply.header('x-request-id', request.id);
  if (requestIdHeader !== null) void reply.header(requestIdHeader, request.id);
  // Replies of the control plane must not be cached.
  if (!request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
}
