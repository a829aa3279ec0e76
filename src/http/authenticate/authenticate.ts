import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Role } from '../control-plane.ts';
import { isPreflightRequest, PREFLIGHT_ROUTE } from '../plugins/cors.ts';
import { absoluteHost, checkHead, rejectHead } from '../receive/request-head.ts';
import { hostNotAllowed, OriginGuard, originNotAllowed, type OriginRules } from './origin-guard.ts';
import { crossOriginSession, isOriginOfHost, isSameOrigin, sessionId } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Who may call what. */
export interface AccessRules extends OriginRules {
  /** As browsers write them; `*` (any page that has a key) counts only where client keys are required. */
  readonly allowedOrigins: readonly string[];
  /** null: no credential is required, and any that is sent is ignored. */
  readonly adminToken: string | null;
  /** The file that the gateway created for the token; absent: the operator set the token by a variable. */
  readonly adminTokenFile?: string;
  /** Whether the data plane takes requests without a credential when there is an admin token. */
  readonly dataPlane: 'open' | 'closed';
}

/**
 * The authenticate phase. Both checks run for every request before its route or method matters, so that unauthorised
 * callers cannot probe for either.
 */
export interface Access {
  /**
   * Checks the head, and unless the credential is valid, Host and Origin. Sets `request.actor`; throws 400, 403 and 417.
   */
  checkOrigin(request: FastifyRequest, reply: FastifyReply): void;
  /** Requires a credential where the route does. Runs after `checkOrigin`; throws 401. */
  checkCredential(request: FastifyRequest, reply: FastifyReply): void;
  /** Whether a page of this origin may read replies. */
  readonly readableBy: (origin: string) => boolean;
}

/** Checks Host and Origin of every request, before anything else runs. */
export function registerOriginCheck(app: FastifyInstance, access: Access, clock: Clock): void {
  app.decorateRequest('receivedAt', 0);
  app.decorateRequest('actor', 'local');
  app.addHook('onRequest', (request, reply, done) => {
    request.receivedAt = clock.now();
    access.checkOrigin(request, reply);
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

/** Builds the checks for a set of rules, and the sessions that count in place of the token. */
export function accessCheck(rules: AccessRules, sessions: Pick<Sessions, 'has'>): Access {
  const guard = new OriginGuard(rules);
  const digest = rules.adminToken === null ? null : digestOf(rules.adminToken);
  const isClosed = digest !== null && rules.dataPlane === 'closed';
  const anyOrigin = isClosed && rules.allowedOrigins.includes('*');

  function needsCredential(request: FastifyRequest): boolean {
    if (digest === null || isPreflightRequest(request)) return false;
    const role = roleOf(request);
    return role === 'admin' || (role === 'client' && isClosed);
  }

  function checkOrigin(request: FastifyRequest, reply: FastifyReply): void {
    checkHead(request, reply);
    const { raw, headers } = request;
    const hasToken = digest !== null && holdsToken(headers, digest);
    const absolute = absoluteHost(request.originalUrl);
    if (absolute !== null) checkAbsoluteHost(absolute, request, reply, hasToken);
    // A preflight is checked with or without a credential: browsers send none with it.
    if (hasToken && !isPreflightRequest(request)) {
      request.actor = 'admin';
      return;
    }
    if (isHealth(request)) return;
    const host = absolute ?? headers.host ?? '';
    if (!guard.allowsHost(host, raw.socket)) throw hostNotAllowed(host, isClosed);
    if (needsCredential(request)) acceptSession(request);
    const { origin } = headers;
    if (origin === undefined || guard.allowsOrigin(origin)) return;
    // The gateway's own page: its Host has passed.
    if (isOriginOfHost(origin, host)) return;
    // With `*`, any page may call where a credential is required: without one it gets no further than a 401.
    if (anyOrigin && (isPreflightRequest(request) || needsCredential(request))) return;
    throw originNotAllowed(origin, isClosed);
  }

  /**
   * Accepts a session in place of the token, on Laneway's own API. Throws 403 for a page of another origin: browsers send
   * cookies without asking the page.
   */
  function acceptSession(request: FastifyRequest): void {
    if (roleOf(request) !== 'admin') return;
    const id = sessionId(request);
    if (id === null || !sessions.has(id)) return;
    if (!isSameOrigin(request)) throw crossOriginSession(request.headers.origin);
    request.actor = 'admin';
  }

  /** With a credential any host is allowed, so the header has to confirm it: this is not a proxy for other hosts. */
  function checkAbsoluteHost(
    host: string,
    { raw, headers }: FastifyRequest,
    reply: FastifyReply,
    hasToken: boolean,
  ): void {
    if (guard.allowsHost(host, raw.socket)) return;
    if (hasToken && host.toLowerCase() === headers.host?.toLowerCase()) return;
    rejectHead(reply, `the request target names another host, "${host.slice(0, 100)}"; send just the path`);
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

/** Both headers are checked the same way, so that a restriction can never apply to only one of them. */
function holdsToken(headers: IncomingHttpHeaders, digest: Buffer): boolean {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : /^bearer +(.*)$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return hasDigest(bearer, digest) || hasDigest(typeof key === 'string' ? key : undefined, digest);
}

/** Compares digests in constant time, so that timing reveals nothing about the token. */
function hasDigest(given: string | undefined, digest: Buffer): boolean {
  return given !== undefined && timingSafeEqual(digestOf(given), digest);
}

/** Whether a text is the token; takes the same time whichever it is. */
export function isToken(given: string, token: string): boolean {
  return hasDigest(given, digestOf(token));
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
