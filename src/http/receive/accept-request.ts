import { isUtf8 } from 'node:buffer';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { IncomingRequest } from '../../execution/incoming-request.ts';
import { ClientReply } from '../../execution/respond/client-reply.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { HINTS, type Hint, type RoutingHeaders } from '../../protocol/facts.ts';
import { shorten, WORD_MAX } from '../../util/shorten.ts';
import type { Surface } from '../../wire/surface.ts';
import type { AnyWire } from '../../wire/wires.ts';
import type { HttpPorts } from '../ports.ts';
import { RawReply } from '../respond/raw-reply.ts';
import { forbidsFallback, ignoredHeaders } from './header-hints.ts';

/** Request headers forwarded to every upstream, in addition to those of the surface. */
const FORWARDED: readonly string[] = ['traceparent', 'tracestate'];

/** At most so many unknown hints are reported, each cut to so many characters. */
const UNKNOWN_HINTS_MAX = 3;
const UNKNOWN_HINT_LENGTH = 40;

/** What execution needs of a data-plane request, at `now` (monotonic ms). Throws `invalid_body` for a header that cannot be used. */
export function acceptRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  wire: AnyWire,
  surface: Surface,
  ports: HttpPorts,
  now: number,
): IncomingRequest {
  return {
    id: request.id,
    endpoint: request.routeOptions.url ?? request.url,
    wire,
    surface,
    reply: new ClientReply(new RawReply(reply.raw)),
    receivedAt: request.receivedAt,
    authenticatedAt: request.authenticatedAt,
    wallStart: ports.clock.wall() - (now - request.receivedAt),
    routing: routingHeaders(request),
    ...(request.routeOptions.config.acceptsForms === true && contentTypeOf(request)),
    forwardedHeaders: forwardedHeaders(request, surface),
    hop: hopOf(request),
    user: userOf(request),
    clientRequestId: header(request, 'x-request-id'),
    replyHeaders: request.headers.origin === undefined ? NO_HEADERS : replyHeaders(reply),
  };
}

/** The headers that name a target and influence the routing. */
export function routingHeaders(request: FastifyRequest): RoutingHeaders {
  const hints = header(request, 'x-laneway-hint');
  const ignored = ignoredHeaders(request.headers);
  return {
    node: header(request, 'x-laneway-node'),
    lane: header(request, 'x-laneway-lane'),
    ...(hints === null ? NO_HINTS : hintsOf(hints)),
    noFallback: forbidsFallback(request.headers),
    ...(ignored !== null && { ignoredHeaders: ignored }),
  };
}

function contentTypeOf({ headers }: FastifyRequest): Pick<IncomingRequest, 'contentType'> {
  const contentType = headers['content-type'];
  return contentType === undefined ? {} : { contentType };
}

function hintsOf(text: string): Pick<RoutingHeaders, 'hints' | 'unknownHints'> {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const hints = words.filter(isHint);
  if (hints.length === words.length) return { hints };
  const unknown = words.filter((word) => !isHint(word)).slice(0, UNKNOWN_HINTS_MAX);
  return { hints, unknownHints: unknown.map((word) => word.slice(0, UNKNOWN_HINT_LENGTH)) };
}

/**
 * The user whose overrides apply (`x-laneway-user`, in UTF-8); null: only global ones. Throws `invalid_body` for a name
 * that is too long: truncated, it would be another user's.
 */
export function userOf(request: FastifyRequest): string | null {
  const value = request.headers['x-laneway-user'];
  if (typeof value !== 'string' || value === '') return null;
  if (value.length > WORD_MAX) {
    throw new GatewayError('invalid_body', `x-laneway-user is longer than ${WORD_MAX} characters`, {
      param: 'x-laneway-user',
    });
  }
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  // Node reads headers as Latin-1.
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : value;
}

const NO_HEADERS: readonly string[] = Object.freeze([]);
const NO_HINTS: Pick<RoutingHeaders, 'hints'> = Object.freeze({ hints: Object.freeze([]) });

function isHint(word: string): word is Hint {
  return (HINTS as readonly string[]).includes(word);
}

function forwardedHeaders({ headers }: FastifyRequest, surface: Surface): Record<string, string> {
  const forwarded: Record<string, string> = {};
  copyHeaders(headers, FORWARDED, forwarded);
  copyHeaders(headers, surface.forwardedHeaders, forwarded);
  return forwarded;
}

function copyHeaders(
  headers: FastifyRequest['headers'],
  names: readonly string[],
  to: Record<string, string>,
): void {
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') to[name] = value;
  }
}

function hopOf(request: FastifyRequest): number {
  const hop = request.headers['x-laneway-hop'];
  if (hop === undefined) return 0;
  if (typeof hop === 'string' && /^\d{1,9}$/.test(hop)) return Number(hop);
  // Ignored, it would hide a loop whose gateways keep garbling it.
  const message = 'x-laneway-hop must be a whole number; only gateways send it, so leave it out';
  throw new GatewayError('invalid_body', message, { param: 'x-laneway-hop' });
}

/** One header, never empty, truncated when too long. */
function header(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? shorten(value) : null;
}

/** Headers set by plugins (CORS): a hijacked reply loses them unless they are sent with its own. */
function replyHeaders(reply: FastifyReply): string[] {
  const flat: string[] = [];
  const headers = reply.getHeaders();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat.push(name, String(value));
  }
  return flat;
}
