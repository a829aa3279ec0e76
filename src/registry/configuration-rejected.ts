import type { ConfigFaults } from '../config/faults.ts';
import { GatewayError } from '../protocol/errors.ts';

/**
 * The error for a configuration that would be invalid: `invalid_body` with all faults in `detail.faults`. `what` begins
 * the message: `configuration not reloaded`.
 */
export function configurationRejected(
  what: string,
  { faults, message }: ConfigFaults,
  param: string | null = null,
): GatewayError {
  const first = message.split('\n')[0] ?? '';
  const shown = faults.length === 1 ? first : `${faults.length} faults; first: ${first}`;
  return new GatewayError('invalid_body', `${what}: ${shown}`, {
    ...(param === null ? {} : { param }),
    detail: { faults: faults.map(({ file, path, message: text }) => ({ file, path, message: text })) },
  });
}
