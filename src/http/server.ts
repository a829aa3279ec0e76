import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import { GatewayError } from '../protocol/errors.ts';
import { CONTROL_PLANE_BODY_MAX_BYTES, requireRoles, useZodSchemas } from './control-plane.ts';
import {
  type Access,
  accessCheck,
  registerCredentialCheck,
  registerOriginCheck,
} from './authenticate/authenticate.ts';
import { registerCors } from './plugins/cors.ts';
import { registerEtags } from './plugins/etag.ts';
import { onClientError, registerErrors } from './respond/errors.ts';
import { surfaceTable, type SurfaceOf } from './respond/surfaces.ts';
import type { HttpPorts } from './ports.ts';
import { receiveBody } from './receive/receive-body.ts';
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
  const access = accessCheck(ports.access);
  const app = Fastify({
    genReqId: ports.nextId,
    requestIdHeader: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Node checks for timed-out requests only every 30 s by default.
      connectionsCheckingInterval: 1_000,
      // A missing Host is rejected by the access check: Node's own 400 has no error envelope and no request id.
      requireHostHeader: false,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_024 },
    clientErrorHandler: onClientError(ports.nextId, ports.refusals),
    frameworkErrors: (_error, request, reply) => {
      setCommonHeaders(request, reply);
      refuse(request, reply, accessError(access, request, reply) ?? MALFORMED_PATH);
    },
  });
  const surfaceOf: SurfaceOf = surfaceTable(app);
  useZodSchemas(app);
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

const COMPRESSED = 'the request body must not be compressed; send it without content-encoding';

const MALFORMED_PATH = new GatewayError('route_not_found', 'the path is malformed');

/** The error that the access checks throw for a request; null when it passes. */
function accessError(access: Access, request: FastifyRequest, reply: FastifyReply): GatewayError | null {
  try {
    access.checkOrigin(request);
    access.checkCredential(request, reply);
    return null;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** Bodies stay bytes: the data plane forwards them, and the control plane parses them itself. */
function registerBodies(app: FastifyInstance, ports: HttpPorts): void {
  const { admission } = ports.execution;
  const dataPlane = { maxBytes: ports.maxBodyBytes, admission };
  const controlPlane = { maxBytes: CONTROL_PLANE_BODY_MAX_BYTES, admission };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload, done) => {
    if (request.is404) {
      done(null, undefined);
      return;
    }
    const charset = /charset\s*=\s*"?([^;"\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      done(new GatewayError('unsupported_media_type', `charset ${charset} is not supported; use UTF-8`));
      return;
    }
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      // Nothing is decompressed here: the result may be a thousand times as large (wire case 19).
      done(new GatewayError('unsupported_media_type', COMPRESSED));
      return;
    }
    receiveBody(payload, request.routeOptions.config.role === 'client' ? dataPlane : controlPlane, done);
  });
  app.addContentTypeParser('*', (request, _payload, done) => {
    if (request.is404 || request.headers['content-length'] === '0') done(null, undefined);
    else done(new GatewayError('unsupported_media_type', 'the request body must be application/json'));
  });
}

/** Sets headers on every reply that Fastify sends; the data plane writes its own. */
function registerReplyHeaders(app: FastifyInstance, ports: HttpPorts, surfaceOf: SurfaceOf): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    setCommonHeaders(request, reply);
    const { requestIdHeader } = surfaceOf(request);
    if (requestIdHeader !== null) reply.header(requestIdHeader, request.id);
    if (ports.execution.admission.draining) reply.header('connection', 'close');
    done();
  });
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id);
  // Replies of the control plane must not be cached.
  if (!request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
}
