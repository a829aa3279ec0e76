import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import { sendError } from '../respond/errors.ts';
import { OWN_SURFACE } from '../respond/surfaces.ts';
import { openApiDocument, type DescribedRoute, type DocumentFacts } from './document.ts';

function notThere(url: string): GatewayError {
  return new GatewayError('route_not_found', `there is no ${url.slice(0, 200)}`);
}

/** A server that never listens and answers for `/docs`: the page with its files, and the document. */
export async function docsServer(
  routes: readonly DescribedRoute[],
  facts: DocumentFacts,
): Promise<FastifyInstance> {
  const document = await openApiDocument(routes, facts);
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  app.setNotFoundHandler((request, reply) => {
    sendError(reply, notThere(request.url), OWN_SURFACE);
  });
  // The static plugin refuses some paths in Fastify's words, such as 403 for one that leaves its folder.
  app.setErrorHandler((error: { readonly statusCode?: number }, request, reply) => {
    const ours = (error.statusCode ?? 500) >= 500;
    const message = 'this page could not be made';
    const refusal = ours ? new GatewayError('internal_error', message) : notThere(request.url);
    sendError(reply, refusal, OWN_SURFACE);
  });
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list' },
    theme: { title: 'Laneway API' },
  });
  await app.ready();
  return app;
}
