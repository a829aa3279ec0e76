import { GatewayError } from '../../protocol/errors.ts';
import { inWords, type Failure } from '../../protocol/failure.ts';
import type { Plan } from '../../routing/plan.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import type { ScannedRequest } from '../../wire/exchange.ts';
import { chooseRoute } from '../../wire/open-exchange.ts';
import type { Attempt, AttemptEnd, RequestRun } from './attempt-context.ts';

type Failed = Extract<AttemptEnd, { kind: 'failed' }>;

/** The providers of a snapshot. */
type Providers = Pick<RequestRun, 'context' | 'snapshot' | 'ports'>;

/** The error for a target whose type of server has no endpoint for the request, with what to use instead. */
export function noEndpoint(run: Providers, target: ModelEntry, request: ScannedRequest): GatewayError {
  const { wire, endpoint } = run.context.incoming;
  const advice = wire.isOptional === true ? whoHasIt(run, request) : wire.hint;
  const message = `the server of ${target.id} has no equivalent of ${endpoint}`;
  return unsupported(advice === undefined ? message : `${message}; ${advice}`);
}

/**
 * `noEndpoint` for the one model of a direct call that cannot be tried anyway: no key must be set before it shows that this
 * provider does not have the call. null for any other plan.
 */
export function noEndpointAnyway(run: Providers, plan: Plan, request: ScannedRequest): GatewayError | null {
  const target = plan.entries[0]?.link.target;
  if (plan.facts.kind !== 'direct' || target === undefined) return null;
  return hasEndpoint(run, target.provider.id, request) ? null : noEndpoint(run, target, request);
}

/** The error for a target whose server probably has no such endpoint, from its reply. */
export function maybeNoEndpoint({ context, target }: Attempt, failure: Failure): GatewayError {
  return unsupported(
    `${target.id} ${inWords(failure)}; its server may not have ${context.incoming.endpoint}`,
  );
}

/** Many servers lack some endpoints of a wire that they speak. A missing model is a failure of another class. */
export function lacksEndpoint(end: AttemptEnd): end is Failed {
  if (end.kind !== 'failed' || !['bad_request', 'malformed'].includes(end.failure.class)) return false;
  return end.failure.status === 404 || end.failure.status === 405;
}

/** As `lacksEndpoint`, or a 501: llama-server without the option for it. */
export function mayLackEndpoint(end: AttemptEnd): end is Failed {
  return (end.kind === 'failed' && end.failure.status === 501) || lacksEndpoint(end);
}

/** The configured providers whose type has an endpoint for the request. */
function whoHasIt(run: Providers, request: ScannedRequest): string {
  const able = [...run.snapshot.providers.values()].filter(
    ({ id, disabled }) => disabled !== true && hasEndpoint(run, id, request),
  );
  if (able.length === 0) return 'no configured provider is of a type that has it';
  return `use a model of a provider that may have it: ${able.map(({ id }) => id).join(', ')}`;
}

function hasEndpoint({ snapshot, ports }: Providers, providerId: string, request: ScannedRequest): boolean {
  const endpoints = ports.provider(providerId, snapshot)?.settings.endpoints ?? [];
  return chooseRoute(request, endpoints) !== null;
}

function unsupported(message: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param: 'model' });
}
