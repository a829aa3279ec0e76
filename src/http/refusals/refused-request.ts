import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { ErrorCode, GatewayError } from '../../protocol/errors.ts';
import { addressKind } from '../../util/network-address.ts';
import { RouteTable, type KnownRoutes } from './known-paths.ts';
import { pathOf, printable } from './printable.ts';
import type { ClientKind, Refusal, RefusedRequests } from './refusals.ts';
import { pathLabel } from './wrong-path.ts';

const USER_AGENT_MAX = 100;

/** Errors of the checks before a call is carried out. Any other error of Laneway's own API is the answer of a call. */
const CHECKS: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_body',
  'invalid_api_key',
  'host_not_allowed',
  'origin_not_allowed',
  'route_not_found',
  'method_not_allowed',
  'request_timeout',
  'request_too_large',
  'unsupported_media_type',
  'headers_too_large',
  'overloaded',
];

/** Collects the routes of a server from now on. */
export function routeTable(app: FastifyInstance): KnownRoutes {
  const routes = new RouteTable();
  app.addHook('onRoute', ({ url, method }) => {
    routes.add(url, [method].flat());
  });
  return routes;
}

/**
 * Notes the error that a request without a trace is answered with: on the data plane any, on Laneway's own API those of
 * the checks.
 */
export function noteRefusal(
  refusals: RefusedRequests,
  request: FastifyRequest,
  error: GatewayError,
  routes: KnownRoutes,
): void {
  const { routeOptions, headers, method, raw } = request;
  if (routeOptions.config.role !== 'client' && !CHECKS.includes(error.code)) return;
  const path = pathOf(request.url);
  const agent = headers['user-agent'] ?? '';
  refusals.add({
    id: request.id,
    method: printable(method),
    path: printable(path),
    label: pathLabel(path, routes),
    ...withMessage(error),
    userAgent: agent === '' ? null : printable(agent, USER_AGENT_MAX),
    client: clientKind(raw.socket.remoteAddress),
  });
}

/** The refusal of bytes that Node's parser did not accept as a request. */
export function unreadableRefusal(
  id: string,
  error: GatewayError,
  remoteAddress: string | undefined,
): Refusal {
  const client = clientKind(remoteAddress);
  return { id, method: null, path: null, label: null, ...withMessage(error), userAgent: null, client };
}

/** Messages quote what the client sent: names, hosts, paths. */
function withMessage(error: GatewayError): Pick<Refusal, 'status' | 'error'> {
  const { message, type, param, code } = error.body;
  return { status: error.status, error: { message: printable(message, 500), type, param, code } };
}

function clientKind(address: string | undefined): ClientKind {
  const kind = address === undefined ? 'forbidden' : addressKind(address);
  return kind === 'forbidden' ? 'other' : kind;
}
