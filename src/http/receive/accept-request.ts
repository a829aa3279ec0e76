import { isUtf8 } from 'node:buffer';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Reservation } from '../../execution/admit/admission.ts';
import type { IncomingRequest } from '../../execution/request-context.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Hint, RoutingHeaders } from '../../protocol/facts.ts';
import { shorten, WORD_MAX } from '../../util/shorten.ts';
import type { Surface } from '../../wire/surface.ts';
import type { AnyWire } from '../../wire/wires.ts';
import type { HttpPorts } from '../ports.ts';
import { RawReply } from '../respond/raw-reply.ts';

/** Client headers that are forwarded to every upstream, besides those of their surface. */
const PASSED: readonly string[] = ['traceparent', 'tracestate'];

const HINTS: readonly string[] = ['repository', 'deep_ingest', 'background'] satisfies Hint[];

/** Takes a data-plane request over from Fastify: from here on execution answers. */
export function acceptRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  wire: AnyWire,
  surface: Surface,
  hold: Reservation,
  ports: HttpPorts,
): IncomingRequest {
  const user = userOf(request);
  reply.hijack();
  return {
    id: request.id,
    endpoint: request.routeOptions.url ?? request.url,
    wire,
    surface,
    reply: new RawReply(reply.raw, hold),
    receivedAt: request.receivedAt,
    authenticatedAt: request.authenticatedAt,
    wallStart: ports.clock.wall(),
    routing: routingHeaders(request),
    passed: passedHeaders(request, surface),
    hop: hopOf(request),
    user,
    clientRequestId: header(request, 'x-request-id'),
    extraHeaders: request.headers.origin === undefined ? NO_HEADERS : replyHeaders(reply),
    hold,
  };
}

/** How the headers name a target and steer the routing. */
export function routingHeaders(request: FastifyRequest): RoutingHeaders {
  const hints = header(request, 'x-laneway-hint');
  return {
    node: header(request, 'x-laneway-node'),
    lane: header(request, 'x-laneway-lane'),
    hints: hints === null ? NO_HINTS : hints.split(/[\s,]+/).filter(isHint),
    noFallback: request.headers['x-laneway-no-fallback'] === '1',
  };
}

/**
 * Whose overrides count (`x-laneway-user`, in UTF-8); null: everybody's. Throws `invalid_body` for a name that is too
 * long: cut, it would be another user's.
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
const NO_HINTS: readonly Hint[] = Object.freeze([]);

function isHint(word: string): word is Hint {
  return HINTS.includes(word);
}

function passedHeaders({ headers }: FastifyRequest, { forwardedHeaders }: Surface): Record<string, string> {
  const passed: Record<string, string> = {};
  passOn(headers, PASSED, passed);
  passOn(headers, forwardedHeaders, passed);
  return passed;
}

function passOn(
  headers: FastifyRequest['headers'],
  names: readonly string[],
  passed: Record<string, string>,
): void {
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') passed[name] = value;
  }
}

function hopOf(request: FastifyRequest): number {
  const hop = Number(request.headers['x-laneway-hop'] ?? 0);
  // A value that is no count is treated as the worst: better one refusal than a loop.
  return Number.isInteger(hop) && hop >= 0 ? hop : Infinity;
}

/** One header, never empty, cut where a caller makes it long. */
function header(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? shorten(value) : null;
}

/** What plugins have set (CORS) is lost by the takeover unless it is carried along (DESIGN section 7). */
function replyHeaders(reply: FastifyReply): string[] {
  const flat: string[] = [];
  const headers = reply.getHeaders();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat.push(name, String(value));
  }
  return flat;
}
