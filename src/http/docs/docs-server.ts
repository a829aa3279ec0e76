import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import { sendError } from '../respond/errors.ts';
import { CONTROL_PLANE_SURFACE } from '../respond/surfaces.ts';
import { openApiDocument, type DescribedRoute, type DocumentFacts } from './document.ts';

function notFound(url: string): GatewayError {
  return new GatewayError('route_not_found', `no route for ${url.slice(0, 200)}`);
}

/** Builds a server that never listens and answers requests below `/docs`: the page, its files and the document. */
export async function docsServer(
  routes: readonly DescribedRoute[],
  facts: DocumentFacts,
): Promise<FastifyInstance> {
  const document = await openApiDocument(routes, facts);
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
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list' },
    theme: { title: 'Laneway API' },
  });
  await app.ready();
  return app;
}
