import type { OperatorResult, OtherSwitch } from '../engines/pool/operator-call.ts';
import type { SwitchFailure } from '../engines/pool/switch/switch-state.ts';
import { GatewayError, type ErrorCode } from '../protocol/errors.ts';

/** What an operator's call of an engine came to. Throws a `GatewayError` unless it was done. */
export function doneOrThrow(result: OperatorResult): Extract<OperatorResult, { readonly kind: 'done' }> {
  switch (result.kind) {
    case 'done':
      return result;
    case 'failed':
      throw failedCall(result.failure);
    case 'in_use':
      throw new GatewayError('in_use', `${result.message}; "force": true cuts them`);
    case 'switch_in_progress':
      throw switchInProgress(result);
    case 'refused':
      throw refusedCall(result);
  }
}

/** The error for a call that would need another switch while one runs in the pool of its model. */
export function switchInProgress({ switchId, target, unloads, remainingMs }: OtherSwitch): GatewayError {
  const unloading = unloads.length === 0 ? 'a model' : unloads.join(', ');
  const what = target === null ? `${unloading} is being unloaded` : `${target} is being loaded`;
  const left =
    remainingMs === null ? '' : `, for about ${Math.max(1, Math.round(remainingMs / 1000))} s more`;
  return new GatewayError('switch_in_progress', `${what} in the same pool${left}; retry when it is over`, {
    detail: { switch_id: switchId },
  });
}

function failedCall({ kind, message, exitCode }: SwitchFailure): GatewayError {
  return new GatewayError(codeOf(kind), message, { detail: { reason: kind, exit_code: exitCode } });
}

function codeOf(kind: SwitchFailure['kind']): ErrorCode {
  if (kind === 'out_of_memory' || kind === 'does_not_fit') return 'upstream_out_of_memory';
  return kind === 'stalled' ? 'upstream_timeout' : 'upstream_error';
}

const UNFIT = { unmanaged: 'not_allowed', unloadable: 'not_served', does_not_fit: 'does_not_fit' } as const;

function refusedCall({
  reason,
  message,
}: Extract<OperatorResult, { readonly kind: 'refused' }>): GatewayError {
  if (reason === 'draining') return new GatewayError('draining', message, { retryAfterS: 5 });
  const code = UNFIT[reason];
  return new GatewayError('unfit_target', message, { detail: { reasons: [{ code, reason: message }] } });
}
