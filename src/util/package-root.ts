import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The directory of the package, which contains `package.json`, `config/` and `migrations/`. The code is at different
 * depths below it: in `src/` as sources, in `dist/` when it was built.
 */
export const PACKAGE_ROOT: string = findRoot(import.meta.dirname);

function findRoot(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`no package.json above ${import.meta.dirname}`);
  return findRoot(parent);
}
