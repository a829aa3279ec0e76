import { GatewayError, type ErrorCode } from '../../protocol/errors.ts';
import { mayUseCloud } from '../../routing/cloud.ts';
import type { Health } from '../../routing/health.ts';
import { keyThatHelps } from '../../routing/missing-keys.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import { DEMO_COMMAND } from '../../util/demo-command.ts';
import type { ExecutionPorts } from '../ports.ts';

/**
 * What a newcomer without engine and key has to do. It starts the message: clients show only its beginning. A key is
 * named only where it would help.
 */
function waysOut(snapshot: Snapshot): string {
  const key = keyThatHelps(snapshot);
  const engine = `no provider is usable: ${enabling(snapshot)}start an engine (llama-server -m MODEL.gguf --port 8080)`;
  if (key === null) return `${engine} (${DEMO_COMMAND} needs no engine)`;
  return `${engine}, or set an API key (${key}=… in .env) and restart (${DEMO_COMMAND} needs neither an engine nor a key)`;
}

/** Somebody has disabled a provider: none is by default. */
function enabling({ providers }: Snapshot): string {
  const disabled = [...providers.values()].filter((each) => each.disabled === true).map(({ id }) => id);
  const more = disabled.length > NAMED_MAX ? ' …' : '';
  return disabled.length === 0 ? '' : `enable ${disabled.slice(0, NAMED_MAX).join(', ')}${more}, `;
}

/** More disabled providers than that are not named. */
const NAMED_MAX = 3;

/** Errors of requests that found no server. */
const NO_SERVER: readonly ErrorCode[] = [
  'no_target',
  'upstream_dns',
  'upstream_connect',
  'upstream_tls',
  'upstream_connect_timeout',
];

/** Of one that Laneway starts; its models are listed a moment later. */
const START_S = 1;

/**
 * The error of a request, unless it found no server because no provider can be used at all: each lacks its key, is
 * disabled, is excluded by `"cloud": false` or is unreachable. While an engine is being started it is `model_loading` then,
 * else the ways out precede it. A refused key is not counted, since another key has to be set, and the error says that.
 */
export function withWaysOut(
  error: GatewayError,
  snapshot: Snapshot,
  { health, residency }: Pick<ExecutionPorts, 'health' | 'residency'>,
): GatewayError {
  if (!NO_SERVER.includes(error.code) || hasUsable(snapshot, health)) return error;
  if (residency.isStarting())
    return new GatewayError('model_loading', `an engine is being started. ${error.message}`, {
      retryAfterS: START_S,
    });
  return new GatewayError(error.code, `${waysOut(snapshot)}. ${error.message}`, error.options);
}

function hasUsable(snapshot: Snapshot, health: Health): boolean {
  const cloudAllowed = mayUseCloud(snapshot);
  return [...snapshot.providers.values()].some(({ id, local, missingKey, disabled }) => {
    if (missingKey !== null || disabled === true || (!local && !cloudAllowed)) return false;
    const { answered, unreachable } = health.provider(id);
    // Shortly after the start no engine has been probed yet: one that has not answered does not count.
    return unreachable === null ? answered === true || !local : unreachable.code === 'loading';
  });
}
