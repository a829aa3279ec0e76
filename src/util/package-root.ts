import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The directory of the package, which contains `package.json`, `config/` and `migrations/`. The code is at different
 * depths below it: in `src/` as sources, in `dist/` when it was built.
 */
export const PACKAGE_ROOT: string = findRoot(import.meta.dirname);

/** Whether this is the repository; else it is a package, which has only the build. */
export const IS_CHECKOUT: boolean = existsSync(join(PACKAGE_ROOT, 'src'));

/** `src/` has a `package.json` of its own, with the libraries. */
function findRoot(directory: string): string {
  if (existsSync(join(directory, 'migrations')) && existsSync(join(directory, 'package.json')))
    return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`no package.json with migrations/ above ${import.meta.dirname}`);
  return findRoot(parent);
}
