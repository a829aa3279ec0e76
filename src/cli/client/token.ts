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

/** A token, and where it was found. */
export interface FoundToken {
  readonly token: string;
  /** `--token`, `LANEWAY_ADMIN_TOKEN`, or the path of the file. */
  readonly source: string;
  /** How a shell writes it without showing it. */
  readonly shell: string;
}

/**
 * The admin token: `--token`, else `LANEWAY_ADMIN_TOKEN`, else `admin.token` of the state directory. The file belongs to
 * the gateway of this machine, so it is sent to no other. null: there is none. Throws a `CommandFault` (2).
 */
export function findToken({ option, variables, dataDirectory, address }: TokenSources): FoundToken | null {
  if (option !== undefined) return { token: checked('--token', option), source: '--token', shell: 'TOKEN' };
  const source = 'LANEWAY_ADMIN_TOKEN';
  const named = variables[source] ?? '';
  if (named.trim() !== '') return { token: checked(source, named), source, shell: `$${source}` };
  return address.isLocal ? readTokenFile(join(dataDirectory(), 'admin.token')) : null;
}

function readTokenFile(path: string): FoundToken | null {
  try {
    const written = readFileSync(path, 'utf8').trim();
    const word = /^[\w./-]+$/.test(path) ? path : `"${path}"`;
    return written === ''
      ? null
      : { token: checked('admin.token', written), source: path, shell: `$(cat ${word})` };
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
