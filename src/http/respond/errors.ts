import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { errorHeaders } from '../../execution/respond/error-reply.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { StoreUnavailable } from '../../store/store.ts';
import type { Surface } from '../../wire/surface.ts';
import { PREFLIGHT_ROUTE } from '../plugins/cors.ts';
import type { HttpPorts } from '../ports.ts';
import type { KnownRoutes } from '../refusals/known-paths.ts';
import { pathOf } from '../refusals/printable.ts';
import { noteRefusal, routeTable, unreadableRefusal } from '../refusals/refused-request.ts';
import type { Refusals } from '../refusals/refusals.ts';
import { wrongPathAdvice } from '../refusals/wrong-path.ts';
import { CONTROL_PLANE_SURFACE, type SurfaceOf } from './surfaces.ts';

/** Answers a request with an error and notes that it was refused. */
export type Refuse = (request: FastifyRequest, reply: FastifyReply, error: GatewayError) => void;

/**
 * Sends every error outside a running request in one envelope; unexpected errors become a 500 without details. Returns
 * how to answer with an error elsewhere.
 */
export function registerErrors(app: FastifyInstance, ports: HttpPorts, surfaceOf: SurfaceOf): Refuse {
  const allowed = methodTable(app);
  const routes = routeTable(app);
  const refuse = (request: FastifyRequest, reply: FastifyReply, error: GatewayError): void => {
    noteRefusal(ports.refusals, request, error, routes);
    sendError(reply, error, surfaceOf(request));
  };

  app.setErrorHandler((error: FastifyError, request, reply) => {
    refuse(request, reply, toGatewayError(error, request, ports));
  });

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = allowed(path);
    const allow = methods.join(', ');
    const error =
      methods.length > 0 && !methods.includes(request.method)
        ? new GatewayError('method_not_allowed', `${path} accepts ${allow}`, { allow })
        : routeNotFound(request, routes);
    refuse(request, reply, error);
  });
  return refuse;
}

function routeNotFound({ method, url }: FastifyRequest, routes: KnownRoutes): GatewayError {
  const path = pathOf(url);
  const advice = wrongPathAdvice(path, routes);
  return new GatewayError('route_not_found', `no route for ${method} ${path.slice(0, 200)}${advice}`);
}

/** Sends an error in a surface's envelope. */
export function sendError(reply: FastifyReply, error: GatewayError, surface: Surface): void {
  const headers = errorHeaders(error);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    if (name !== undefined) void reply.header(name, headers[index + 1]);
  }
  const body = surface.errorBody(error, reply.request.id);
  void reply.code(error.status).type('application/json').send(body);
}

/** Maps Fastify's own errors, and any other, to gateway errors. */
function toGatewayError(error: FastifyError, request: FastifyRequest, ports: HttpPorts): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof StoreUnavailable) {
    const message = `state is unavailable (${error.message}); requests are still served, but changes and traces are not available`;
    return new GatewayError('store_unavailable', message, { retryAfterS: 5 });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError('unsupported_media_type', 'the request body must be application/json');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return new GatewayError('route_not_found', 'the path is malformed');
    default:
      if (error.statusCode !== undefined && error.statusCode < 500) {
        return new GatewayError('invalid_body', 'the request is malformed', {
          status: error.statusCode,
        });
      }
      ports.log.error({ request: request.id, err: error }, 'internal error while handling a request');
      return new GatewayError(
        'internal_error',
        `internal error; the log has the details of request ${request.id}`,
      );
  }
}

/** Returns the methods that a path accepts, from the routes as they are registered. */
function methodTable(app: FastifyInstance): (path: string) => string[] {
  const routes: { pattern: RegExp; method: string }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    // The catch-all for preflights does not show which paths exist.
    if (url === PREFLIGHT_ROUTE) return;
    const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z]+/g, '[^/]+');
    const pattern = new RegExp(`^${source.replaceAll('*', '.*')}/?$`);
    for (const each of [method].flat()) routes.push({ pattern, method: each });
  });
  return (path) => [
    ...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)),
  ];
}

/** Replies to requests that Node's parser rejects, before there is a request object. */
export function onClientError(
  nextId: () => string,
  refusals: Refusals,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const refusal = parserError(error.code);
    const id = nextId();
    refusals.add(unreadableRefusal(id, refusal, socket.remoteAddress));
    const body = CONTROL_PLANE_SURFACE.errorBody(refusal, id);
    const head = [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
      `x-request-id: ${id}`,
      'connection: close',
    ];
    socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
  };
}

function parserError(code: string | undefined): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError('headers_too_large', 'the request headers exceed 16 KiB');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new GatewayError('request_timeout', 'the request did not arrive in time');
  }
  return new GatewayError('invalid_body', 'not a valid HTTP/1.1 request');
}
