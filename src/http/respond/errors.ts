import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { errorHeaders } from '../../execution/respond/error-reply.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { StoreUnavailable } from '../../store/store.ts';
import type { Surface } from '../../wire/surface.ts';
import type { HttpPorts } from '../ports.ts';
import { notJson } from '../receive/body-parsers.ts';
import type { KnownRoutes } from '../refusals/known-paths.ts';
import { pathOf } from '../refusals/printable.ts';
import { noteRefusal, routeTable } from '../refusals/refused-request.ts';
import { wrongPathAdvice } from '../refusals/wrong-path.ts';
import { isBodyUnread, isTooLongToDrop, lingeringReply } from './lingering-reply.ts';
import type { SurfaceOf } from './surfaces.ts';
import { methodNotAllowed } from './wrong-method.ts';

/** Answers a request with an error and notes that it was refused. */
export type Refuse = (request: FastifyRequest, reply: FastifyReply, error: GatewayError) => void;

/**
 * Sends every error outside a running request in one envelope; unexpected errors become a 500 without details. Returns
 * how to answer with an error elsewhere.
 */
export function registerErrors(app: FastifyInstance, ports: HttpPorts, surfaceOf: SurfaceOf): Refuse {
  const routes = routeTable(app);
  const refuse = (request: FastifyRequest, reply: FastifyReply, error: GatewayError): void => {
    noteRefusal(ports.refusals, request, error, routes);
    sendError(reply, error, surfaceOf(request));
  };

  app.setErrorHandler((error: FastifyError, request, reply) => {
    // Fastify checks the type of a QUERY before it looks for a route.
    const isNoRoute = error.code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE';
    refuse(request, reply, isNoRoute ? notFound(request, routes) : toGatewayError(error, request, ports));
  });

  app.setNotFoundHandler((request, reply) => {
    refuse(request, reply, notFound(request, routes));
  });
  return refuse;
}

/** 405 for a path that exists for another method, else 404. */
function notFound({ method, url }: FastifyRequest, routes: KnownRoutes): GatewayError {
  const path = pathOf(url);
  const methods = routes.methodsOf(path);
  if (methods.length > 0 && !methods.includes(method)) return methodNotAllowed(method, path, methods);
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
  void reply.code(error.status).type('application/json');
  const { raw } = reply.request;
  const lingers = isBodyUnread(raw) && (reply.getHeader('connection') === 'close' || isTooLongToDrop(raw));
  if (!lingers) {
    void reply.send(body);
    return;
  }
  void reply.header('connection', 'close').header('content-length', body.length);
  void reply.send(lingeringReply(body, raw));
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
      return notJson(request.headers['content-type']);
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
