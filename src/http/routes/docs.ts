import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

import type { HttpPorts } from '../ports.ts';
import { pageHeaders } from '../respond/page-headers.ts';
import { answerByPageServer } from '../respond/page-server.ts';

/** The page runs no inline scripts; its style sheet has images as `data:` URLs. */
const HEADERS = pageHeaders("script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'");

/** `/docs`: the API reference as a page; `/docs/json` and `/docs/yaml`: the OpenAPI document. */
export function registerDocs(app: FastifyInstance, ports: HttpPorts): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push({ ...route });
  });
  const { adminToken, dataPlane } = ports.access;
  const admin = adminToken !== null;
  const facts = { version: ports.version, keyRequired: { admin, client: admin && dataPlane === 'closed' } };
  let server: Promise<FastifyInstance> | null = null;

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    // Loaded on first use: the generator and the page's plugins take longer to load than the whole gateway.
    server ??= import('../docs/docs-server.ts').then(({ docsServer }) => docsServer(routes, facts));
    return answerByPageServer(await server, request, reply, HEADERS);
  };

  const page = (summary: string): { tags: string[]; summary: string } => ({ tags: ['operations'], summary });
  const config = { role: 'admin' } as const;
  app.get('/docs', { config, schema: page('This page') }, serve);
  app.get('/docs/json', { config, schema: page('This page as OpenAPI 3.1, in JSON') }, serve);
  app.get('/docs/yaml', { config, schema: page('This page as OpenAPI 3.1, in YAML') }, serve);
  app.get('/docs/static/*', { config, schema: { hide: true } }, serve);
}
