import { join } from 'node:path';

/** The state file of a directory. */
export function databasePath(directory: string): string {
  return join(directory, 'laneway.db');
}
