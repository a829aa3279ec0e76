import type { FastifyRequest } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import { SESSION_S } from './sessions.ts';

/** The parts of a request that a cookie depends on. */
type Request = Pick<FastifyRequest, 'method' | 'headers'>;

/** The session id that a request's cookie contains; null without one. */
export function sessionId({ headers }: Request): string | null {
  const { cookie } = headers;
  if (cookie === undefined) return null;
  const prefix = `${cookieName(headers.host)}=`;
  const pair = cookie.split(';').find((text) => text.trimStart().startsWith(prefix));
  return pair === undefined ? null : pair.trim().slice(prefix.length);
}

/** The `set-cookie` that begins a session in the browser. */
export function beginCookie(request: Request, id: string): string {
  return setCookie(request, id, SESSION_S);
}

/** The `set-cookie` that removes it. */
export function endCookie(request: Request): string {
  return setCookie(request, '', 0);
}

/**
 * Whether a request comes from a page of this gateway, or from no page. Browsers set both headers, and no page can change
 * them. `SameSite` alone would let in pages at other ports of the same host. Where both are missing it is a program, a
 * navigation by hand, or a `GET` of an old browser, whose reply no other page can read.
 */
export function isSameOrigin({ method, headers }: Request): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  const isRead = method === 'GET' || method === 'HEAD';
  // `none`: the user has typed the address.
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && isRead)) return false;
  return origin === undefined || isOriginOfHost(origin, host);
}

/** Whether an `Origin` is the host, with its port, that the request was sent to. */
export function isOriginOfHost(origin: string, host: string | undefined): boolean {
  const page = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return page !== undefined && page.toLowerCase() === host?.toLowerCase();
}

/** 403 for a request with a session from a page of another origin. */
export function crossOriginSession(origin: string | undefined): GatewayError {
  const page = origin === undefined ? 'another page' : `origin "${origin.slice(0, 100)}"`;
  return new GatewayError(
    'origin_not_allowed',
    `a session counts only for this gateway's own pages, not for ${page}; send the token as "authorization: Bearer TOKEN" instead (a reverse proxy must pass the host header on)`,
  );
}

function setCookie(request: Request, value: string, maxAgeS: number): string {
  const { host } = request.headers;
  const secure = cameByTls(request) ? '; Secure' : '';
  return `${cookieName(host)}=${value}; Max-Age=${maxAgeS}; Path=/; HttpOnly; SameSite=Strict${secure}`;
}

/** Browsers send the cookies of a host to all its ports: each gateway of a machine has its own name. */
function cookieName(host: string | undefined): string {
  const port = /:(\d{1,5})$/.exec(host ?? '')?.[1];
  return port === undefined ? 'laneway_session' : `laneway_session_${port}`;
}

/**
 * Whether the browser used TLS, which a proxy in front ends. Its header can be forged without harm: `Secure` only
 * restricts the cookie further, and nothing else depends on it.
 */
function cameByTls({ headers }: Request): boolean {
  const proto = [headers['x-forwarded-proto'] ?? ''].flat().join().split(',')[0]?.trim().toLowerCase();
  return proto === 'https' || headers.origin?.toLowerCase().startsWith('https://') === true;
}
