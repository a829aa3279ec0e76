import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from '../../config/environment/variables.ts';
import { usageFault } from '../exit-codes.ts';
import type { GatewayAddress } from './address.ts';

/** Where the admin token comes from. */
export interface TokenSources {
  /** `--token`. */
  readonly option: string | undefined;
  readonly variables: Variables;
  readonly dataDirectory: () => string;
  readonly address: GatewayAddress;
}

/**
 * The admin token: `--token`, else `LANEWAY_ADMIN_TOKEN`, else `admin.token` of the state directory. The file belongs to
 * the gateway of this machine, so it is sent to no other. null: there is none. Throws a `CommandFault` (2).
 */
export function findToken({ option, variables, dataDirectory, address }: TokenSources): string | null {
  if (option !== undefined) return checked('--token', option);
  const named = variables['LANEWAY_ADMIN_TOKEN'] ?? '';
  if (named.trim() !== '') return checked('LANEWAY_ADMIN_TOKEN', named);
  if (!address.isLocal) return null;
  try {
    const written = readFileSync(join(dataDirectory(), 'admin.token'), 'utf8').trim();
    return written === '' ? null : checked('admin.token', written);
  } catch (error) {
    // Not there, or another user's: where a token is required, the gateway's refusal names the options.
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

/** A header cannot carry anything else. */
function checked(source: string, written: string): string {
  const token = written.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw usageFault(`${source}: a token is visible ASCII characters without spaces`);
  }
  return token;
}
