import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Role } from '../control-plane.ts';
import { isPreflightRequest, PREFLIGHT_ROUTE } from '../plugins/cors.ts';
import { hostNotAllowed, OriginGuard, originNotAllowed, type OriginRules } from './origin-guard.ts';

/** Who may call what. */
export interface AccessRules extends OriginRules {
  /** As browsers write them; `*` (any page that has a key) counts only where client keys are required. */
  readonly allowedOrigins: readonly string[];
  /** null: no credential is required, and any that is sent is ignored. */
  readonly adminToken: string | null;
  /** Whether the data plane takes requests without a credential when there is an admin token. */
  readonly dataPlane: 'open' | 'closed';
}

/**
 * The authenticate phase. Both checks run for every request before its route or method matters, so that unauthorised
 * callers cannot probe for either.
 */
export interface Access {
  /** Checks Host and Origin, unless the credential is valid. Sets `request.actor`; throws 400 and 403. */
  checkOrigin(request: FastifyRequest): void;
  /** Requires a credential where the route does. Runs after `checkOrigin`; throws 401. */
  checkCredential(request: FastifyRequest, reply: FastifyReply): void;
  /** Whether a page of this origin may read replies. */
  readonly readableBy: (origin: string) => boolean;
}

/** Checks Host and Origin of every request, before anything else runs. */
export function registerOriginCheck(app: FastifyInstance, access: Access, clock: Clock): void {
  app.decorateRequest('receivedAt', 0);
  app.decorateRequest('actor', 'local');
  app.addHook('onRequest', (request, _reply, done) => {
    request.receivedAt = clock.now();
    access.checkOrigin(request);
    done();
  });
}

/** Checks the credential of every request; register it after CORS, which answers preflights without one. */
export function registerCredentialCheck(app: FastifyInstance, access: Access, clock: Clock): void {
  app.decorateRequest('authenticatedAt', 0);
  app.addHook('onRequest', (request, reply, done) => {
    access.checkCredential(request, reply);
    request.authenticatedAt = clock.now();
    done();
  });
}

/** Builds the checks for a set of rules. */
export function accessCheck(rules: AccessRules): Access {
  const guard = new OriginGuard(rules);
  const digest = rules.adminToken === null ? null : digestOf(rules.adminToken);
  const isClosed = digest !== null && rules.dataPlane === 'closed';
  const anyOrigin = isClosed && rules.allowedOrigins.includes('*');

  function needsCredential(request: FastifyRequest): boolean {
    if (digest === null || isPreflightRequest(request)) return false;
    const role = roleOf(request);
    return role === 'admin' || (role === 'client' && isClosed);
  }

  function checkOrigin(request: FastifyRequest): void {
    const { raw } = request;
    requireOneHost(raw);
    if (digest !== null && holdsToken(request.headers, digest)) {
      request.actor = 'admin';
      return;
    }
    if (isHealth(request)) return;
    const host = hostOf(raw);
    if (!guard.allowsHost(host, raw.socket)) throw hostNotAllowed(host, isClosed);
    const { origin } = request.headers;
    if (origin === undefined || guard.allowsOrigin(origin)) return;
    // With `*`, any page may call where a credential is required: without one it gets no further than a 401.
    if (anyOrigin && (isPreflightRequest(request) || needsCredential(request))) return;
    throw originNotAllowed(origin, isClosed);
  }

  function checkCredential(request: FastifyRequest, reply: FastifyReply): void {
    if (request.actor === 'admin' || !needsCredential(request)) return;
    void reply.header('www-authenticate', 'Bearer');
    throw new GatewayError('invalid_api_key', KEY_REQUIRED);
  }

  return { checkOrigin, checkCredential, readableBy: (origin) => anyOrigin || guard.allowsOrigin(origin) };
}

/** One text for a missing and an unknown key, so that the reply reveals nothing about what was sent. */
const KEY_REQUIRED =
  'a valid API key is required: send it as "authorization: Bearer KEY" or as "x-api-key: KEY"';

/** Requires exactly one Host header: with several, a proxy may have checked another one (RFC 9112, section 3.2). */
function requireOneHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  if (count === 1 || (count === 0 && httpVersion === '1.0')) return;
  throw new GatewayError(
    'invalid_body',
    `a request must have exactly one "host" header; this one has ${count}`,
  );
}

/** A request target in absolute form names the host and overrides the header (RFC 9112, section 3.2.2). */
function hostOf({ url = '/', headers }: IncomingMessage): string {
  const absolute = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)/i.exec(url);
  return absolute?.[1] ?? headers.host ?? '';
}

/** Both headers are checked the same way, so that a restriction can never apply to only one of them. */
function holdsToken(headers: IncomingHttpHeaders, digest: Buffer): boolean {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : /^bearer +(.*)$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return isToken(bearer, digest) || isToken(typeof key === 'string' ? key : undefined, digest);
}

/** Compares digests in constant time, so that timing reveals nothing about the token. */
function isToken(given: string | undefined, digest: Buffer): boolean {
  return given !== undefined && timingSafeEqual(digestOf(given), digest);
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function isHealth(request: FastifyRequest): boolean {
  return request.routeOptions.url === '/health';
}

/** Paths without a route require what their neighbours do: `client` below `/v1/`, `admin` elsewhere. */
function roleOf(request: FastifyRequest): Role {
  const { config, url } = request.routeOptions;
  if (url !== undefined && url !== PREFLIGHT_ROUTE && config.role !== undefined) return config.role;
  return request.url.startsWith('/v1/') ? 'client' : 'admin';
}
