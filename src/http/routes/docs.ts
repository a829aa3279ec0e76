import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

import type { HttpPorts } from '../ports.ts';

/** Nothing from elsewhere, nothing written into the page; images of the page's own style sheet are data. */
const HEADERS: readonly (readonly [string, string])[] = [
  [
    'content-security-policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
];

/** `/docs`: the page that describes every call; `/docs/json` and `/docs/yaml`: the same for programs. */
export function registerDocs(app: FastifyInstance, ports: HttpPorts): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push({ ...route });
  });
  const { adminToken, dataPlane } = ports.access;
  const admin = adminToken !== null;
  const facts = { version: ports.version, keyRequired: { admin, client: admin && dataPlane === 'closed' } };
  let server: Promise<FastifyInstance> | null = null;

  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    // Loaded when somebody reads: the generator and the page's plugins take longer than the whole start.
    server ??= import('../docs/docs-server.ts').then(({ docsServer }) => docsServer(routes, facts));
    const docs = await server;
    const { raw } = reply;
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) raw.setHeader(name, value);
    for (const [name, value] of HEADERS) raw.setHeader(name, value);
    raw.setHeader('x-request-id', request.id);
    reply.hijack();
    docs.routing(request.raw, raw);
    return reply;
  };

  const page = (summary: string): { tags: string[]; summary: string } => ({ tags: ['operations'], summary });
  const config = { role: 'admin' } as const;
  app.get('/docs', { config, schema: page('This page') }, answer);
  app.get('/docs/json', { config, schema: page('This page as OpenAPI 3.1, in JSON') }, answer);
  app.get('/docs/yaml', { config, schema: page('This page as OpenAPI 3.1, in YAML') }, answer);
  app.get('/docs/static/*', { config, schema: { hide: true } }, answer);
}
