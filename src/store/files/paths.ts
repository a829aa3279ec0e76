import { join } from 'node:path';

/** The path of the state file in a state directory. */
export function databasePath(directory: string): string {
  return join(directory, 'laneway.db');
}
