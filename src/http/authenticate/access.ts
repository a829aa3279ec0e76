import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Role } from '../control-plane.ts';
import { isPreflightRequest, sendCorsHeaders } from '../plugins/cors.ts';
import { hostRefused, OriginGuard, originRefused, type OriginRules } from './origin-guard.ts';

/** Who may call what (API section 1, DESIGN section 11). */
export interface AccessRules extends OriginRules {
  /** As browsers write them; `*`, any page that has a key, counts only where client keys are required. */
  readonly allowedOrigins: readonly string[];
  /** null: nothing requires a credential, and any that comes is ignored. */
  readonly adminToken: string | null;
  /** Whether the data plane takes requests without a credential while there is a token. */
  readonly dataPlane: 'open' | 'closed';
}

/** What the judge made of a caller. */
export interface Access {
  /**
   * The authenticate phase, for every request before its route or method matters, so that a stranger learns of neither.
   * Throws 400, 403 and 401; sets `request.actor`.
   */
  check(request: FastifyRequest, reply: FastifyReply): void;
  /** May a page of this origin read the answers? */
  readonly readableBy: (origin: string) => boolean;
}

/** Puts the judge before every route. Its refusals know nothing of the request but what is wrong with it. */
export function registerAccess(app: FastifyInstance, access: Access, clock: Clock): void {
  app.decorateRequest('receivedAt', 0);
  app.decorateRequest('authenticatedAt', 0);
  app.decorateRequest('actor', 'local');
  app.addHook('onRequest', (request, reply, done) => {
    request.receivedAt = clock.now();
    access.check(request, reply);
    request.authenticatedAt = clock.now();
    done();
  });
}

/** The one judge of who may call (API section 1, steps 1 to 3). */
export function accessCheck(rules: AccessRules): Access {
  const guard = new OriginGuard(rules);
  const digest = rules.adminToken === null ? null : digestOf(rules.adminToken);
  const isClosed = digest !== null && rules.dataPlane === 'closed';
  const anyOrigin = isClosed && rules.allowedOrigins.includes('*');
  const readableBy = (origin: string): boolean => anyOrigin || guard.allowsOrigin(origin);

  /** What keeps a caller without a credential out; null when nothing does. */
  function strangerRefusal({ raw }: FastifyRequest, liftOrigin: boolean): GatewayError | null {
    const { origin } = raw.headers;
    const host = hostOf(raw);
    if (!guard.allowsHost(host, raw.socket)) return hostRefused(host, isClosed);
    if (origin === undefined || liftOrigin || guard.allowsOrigin(origin)) return null;
    return originRefused(origin, isClosed);
  }

  function check(request: FastifyRequest, reply: FastifyReply): void {
    refuseBadHost(request.raw);
    if (digest === null) {
      const refusal = strangerRefusal(request, false);
      if (refusal !== null && !isHealth(request)) throw refusal;
      return;
    }
    if (holdsToken(request.headers, digest)) {
      request.actor = 'admin';
      return;
    }
    if (isHealth(request)) return;
    const isPreflight = isPreflightRequest(request);
    const role = roleOf(request);
    const isRequired = !isPreflight && role !== 'public' && (role === 'admin' || isClosed);
    // With `*` any page may ask; without a key it gets no further than to 401.
    const refusal = strangerRefusal(request, anyOrigin && (isPreflight || isRequired));
    if (refusal !== null) throw refusal;
    if (!isRequired) return;
    const { origin } = request.headers;
    if (origin !== undefined && readableBy(origin)) sendCorsHeaders(reply, origin);
    void reply.header('www-authenticate', 'Bearer');
    throw new GatewayError('invalid_api_key', KEY_REQUIRED);
  }

  return { check, readableBy };
}

/** One text for a missing and an unknown key: nothing of what came is told (reliability S32). */
const KEY_REQUIRED =
  'a valid API key is required: send it as "authorization: Bearer KEY" or as "x-api-key: KEY"';

/** None, or more than one of them: whoever stands between us and the caller may have judged another (RFC 9112, 3.2). */
function refuseBadHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  if (count === 1 || (count === 0 && httpVersion === '1.0')) return;
  throw new GatewayError('invalid_body', `a request must have one "host" header, this has ${count}`);
}

/** A target written as a whole URL names the host itself, whatever the header says (RFC 9112, 3.2.2). */
function hostOf({ url = '/', headers }: IncomingMessage): string {
  const written = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)/i.exec(url);
  return written?.[1] ?? headers.host ?? '';
}

/** The two headers are read by one rule, so that no limit holds for one of them only (reliability S16). */
function holdsToken(headers: IncomingHttpHeaders, digest: Buffer): boolean {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : /^bearer +(.*)$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return isToken(bearer, digest) || isToken(typeof key === 'string' ? key : undefined, digest);
}

/** Compared as whole digests, in constant time (reliability S15, S23, S25). */
function isToken(given: string | undefined, digest: Buffer): boolean {
  return given !== undefined && timingSafeEqual(digestOf(given), digest);
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function isHealth(request: FastifyRequest): boolean {
  return request.routeOptions.url === '/health';
}

/** What has no route is judged like its neighbours: the data plane's, and for all else the operator's. */
function roleOf(request: FastifyRequest): Role {
  const { config, url } = request.routeOptions;
  if (url !== undefined && url !== '/*' && config.role !== undefined) return config.role;
  return request.url.startsWith('/v1/') ? 'client' : 'admin';
}
