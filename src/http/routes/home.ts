import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { addressKind, hostKind } from '../../util/network-address.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { HttpPorts } from '../ports.ts';
import { pageHeaders } from '../respond/page-headers.ts';
import type { ServeConsole } from './console.ts';
import { HOME_STYLE, homePage, homeText, type HomeFacts } from '../views/home.ts';

/** An inline style is allowed by its hash alone; `data:` is for the empty icon, which keeps browsers from asking for one. */
const HEADERS = pageHeaders(`style-src 'sha256-${hash('sha256', HOME_STYLE, 'base64')}'; img-src data:`);

/** By which clients recognise Ollama. */
const OLLAMA_GREETING = 'Ollama is running';

const content = { 'text/html': { schema: z.string() }, 'text/plain': { schema: z.string() } };

/**
 * `GET /`: the console for browsers, else how to point a client at the gateway, and links; `GET /connect`: always the
 * latter. Claude Code sends `HEAD /` at each start, without a key.
 */
export function registerHome(app: ControlPlane, ports: HttpPorts, serveConsole: ServeConsole | null): void {
  const { adminToken, dataPlane } = ports.access;
  const admin = adminToken !== null;
  const keyRequired = { admin, client: admin && dataPlane === 'closed' };
  const connect = (request: FastifyRequest, reply: FastifyReply): string => {
    const tokenFile = isSameMachine(request) ? (ports.access.adminTokenFile ?? null) : null;
    const baseUrl = baseUrlOf(request);
    const facts: HomeFacts = { version: ports.version, baseUrl, keyRequired, tokenFile };
    for (const [name, value] of HEADERS) void reply.header(name, value);
    const isBrowser = acceptsHtml(request);
    void reply.type(`text/${isBrowser ? 'html' : 'plain'}; charset=utf-8`);
    return isBrowser ? homePage(facts) : homeText(facts);
  };
  const schema = (summary: string): object => ({
    tags: ['operations'],
    summary,
    description: 'A page where `accept` has `text/html`, as browsers send it; text otherwise.',
    response: { 200: { description: 'The page.', content } },
  });
  const config = { role: 'public' } as const;
  app.get('/', { config, schema: schema('The console; for programs, as /connect') }, (request, reply) => {
    if (!acceptsHtml(request)) {
      if (!ports.ollama.has(request.socket)) return connect(request, reply);
      void reply.type('text/plain; charset=utf-8');
      return OLLAMA_GREETING;
    }
    return serveConsole === null ? connect(request, reply) : serveConsole(request, reply);
  });
  app.get('/connect', { config, schema: schema('How to point a client at the gateway, and links') }, connect);
}

function acceptsHtml({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}

/**
 * Whether the caller is on this machine, where the path of a file is useful. The page needs no key, so callers from
 * elsewhere or through a reverse proxy must not learn anything about its directories.
 */
function isSameMachine({ headers, socket }: FastifyRequest): boolean {
  const isProxied =
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-')) || 'forwarded' in headers;
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  return (
    !isProxied && addressKind(socket.remoteAddress ?? '') === 'loopback' && hostKind(host) === 'loopback'
  );
}

/**
 * The address by which the caller reached the gateway. A reverse proxy in front of it passes the host on, and the scheme
 * as `x-forwarded-proto`. A Host with a valid key is not checked: one that is not a plain host is not repeated.
 */
function baseUrlOf({ headers, socket }: FastifyRequest): string {
  const host = headers.host ?? '';
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  if (/^[\w.[\]:-]+$/.test(host)) return `${scheme}://${host}`;
  return `http://127.0.0.1:${socket.localPort ?? 4600}`;
}
