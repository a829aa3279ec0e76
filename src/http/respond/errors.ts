import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { errorHeaders } from '../../execution/respond/error-reply.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { StoreUnavailable } from '../../store/store.ts';
import type { Surface } from '../../wire/surface.ts';
import type { HttpPorts } from '../ports.ts';
import { notJson } from '../receive/body-parsers.ts';
import { isBodyUnread, isTooLongToDrop, lingeringReply } from './lingering-reply.ts';
import type { SurfaceOf } from './surfaces.ts';
import { methodNotAllowed, methodTable } from './wrong-method.ts';

/** Sends every error outside a running request in one envelope; unexpected errors become a 500 without details. */
export function registerErrors(app: FastifyInstance, ports: HttpPorts, surfaceOf: SurfaceOf): void {
  const allowed = methodTable(app);
  const notFound = (request: FastifyRequest): GatewayError => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = allowed(path);
    return methods.length > 0 && !methods.includes(request.method)
      ? methodNotAllowed(request.method, path, methods)
      : new GatewayError('route_not_found', `no route for ${request.method} ${path.slice(0, 200)}`);
  };

  app.setErrorHandler((error: FastifyError, request, reply) => {
    // Fastify checks the type of a QUERY before it looks for a route.
    const isNoRoute = error.code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE';
    const shown = isNoRoute ? notFound(request) : toGatewayError(error, request, ports);
    sendError(reply, shown, surfaceOf(request));
  });

  app.setNotFoundHandler((request, reply) => {
    sendError(reply, notFound(request), surfaceOf(request));
  });
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
