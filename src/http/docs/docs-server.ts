import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

import { pageServer } from '../respond/page-server.ts';
import { openApiDocument, type DescribedRoute, type DocumentFacts } from './document.ts';

/** Builds a server that never listens and answers requests below `/docs`: the page, its files and the document. */
export async function docsServer(
  routes: readonly DescribedRoute[],
  facts: DocumentFacts,
): Promise<FastifyInstance> {
  const document = await openApiDocument(routes, facts);
  const app = pageServer();
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list' },
    theme: { title: 'Laneway API' },
  });
  await app.ready();
  return app;
}
