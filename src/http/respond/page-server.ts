import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import { sendError } from './errors.ts';
import { limitStallAtEnd } from './raw-reply.ts';
import { CONTROL_PLANE_SURFACE } from './surfaces.ts';

/**
 * A server that never listens, for pages with their files: its plugins are loaded on first use only. Its errors have
 * the form of the admin API's.
 */
export function pageServer(): FastifyInstance {
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  app.setNotFoundHandler((request, reply) => {
    sendError(reply, notFound(request.url), CONTROL_PLANE_SURFACE);
  });
  // The static plugin rejects some paths itself, such as those that leave its folder; they become a plain 404.
  app.setErrorHandler((error: { readonly statusCode?: number }, request, reply) => {
    const isInternal = (error.statusCode ?? 500) >= 500;
    const refusal = isInternal
      ? new GatewayError('internal_error', 'this page could not be rendered')
      : notFound(request.url);
    sendError(reply, refusal, CONTROL_PLANE_SURFACE);
  });
  return app;
}

/** Answers a request by such a server; `headers` are sent with the reply, unless the server sets others. */
export function answerByPageServer(
  server: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  headers: readonly (readonly [string, string])[],
): FastifyReply {
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  for (const [name, value] of headers) raw.setHeader(name, value);
  raw.setHeader('x-request-id', request.id);
  limitStallAtEnd(raw);
  reply.hijack();
  server.routing(request.raw, raw);
  return reply;
}

function notFound(url: string): GatewayError {
  return new GatewayError('route_not_found', `no route for ${url.slice(0, 200)}`);
}
