import { ConfigFaults, type ConfigFault } from '../../config/faults.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { configurationRejected } from '../configuration-rejected.ts';

/** Why a profile would be rejected. */
export interface ProfileReason {
  readonly code: 'missing_provider' | 'invalid' | 'runtime_switching_off';
  readonly reason: string;
}

/** A profile of many models names them all: more than this helps nobody. */
const REASONS_MAX = 100;

/**
 * The error for a profile that does not hold: `invalid_body` with all faults in `detail.faults`. Providers that are not
 * configured are named in the message, each once, and in `detail.missing_providers`. `what` begins the message: `profile
 * "coding" not activated`; `param` is the path of the field at fault, if a field of the call is.
 */
export function profileRejected(
  what: string,
  { faults }: ConfigFaults,
  param: string | null = null,
): GatewayError {
  const missing = missingProviders(faults);
  const error = configurationRejected(what, new ConfigFaults(faults), param);
  // A single fault says more by itself: it names the place, and the provider that may have been meant.
  if (missing.length === 0 || faults.length === 1) return error;
  const others = faults.filter((fault) => missingProvider(fault) === null);
  const rest = others.length === 0 ? '' : `; and ${others.length} more in detail.faults`;
  return new GatewayError('invalid_body', `${what}: ${missingAdvice(missing)}${rest}`, {
    ...error.options,
    detail: { ...(error.options.detail as object), missing_providers: missing },
  });
}

/** The reasons of a dry run, providers that are not configured first. */
export function rejectionReasons({ faults }: ConfigFaults): ProfileReason[] {
  const missing = missingProviders(faults).map((id): ProfileReason => ({
    code: 'missing_provider',
    reason: missingAdvice([id]),
  }));
  const others = faults
    .filter((fault) => missingProvider(fault) === null)
    .map((fault): ProfileReason => ({ code: 'invalid', reason: new ConfigFaults([fault]).message }));
  return [...missing, ...others].slice(0, REASONS_MAX);
}

function missingAdvice(ids: readonly string[]): string {
  const [are, them] = ids.length === 1 ? ['a provider that is', 'it'] : ['providers that are', 'them'];
  return `it names models of ${are} not configured: ${ids.join(', ')}; add ${them} with POST /api/v1/llm/providers or under "providers" in user_models.json`;
}

function missingProviders(faults: readonly ConfigFault[]): string[] {
  return [...new Set(faults.flatMap((fault) => missingProvider(fault) ?? []))].sort();
}

/** The provider that a fault names as unknown (`src/config/validate/model-reference.ts`); null for any other fault. */
function missingProvider({ message }: ConfigFault): string | null {
  return /^unknown provider "([^"\\]+)"/.exec(message)?.[1] ?? null;
}
