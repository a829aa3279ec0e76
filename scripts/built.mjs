// Which files of dist/ can be run. Plain JavaScript for Node 18 and up.
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { IS_CHECKOUT } from './pinned-node.mjs';

const ROOT = new URL('../', import.meta.url);

const PROGRAMS = ['dist/main.js', 'dist/cli.js'];

/** Ends the process with one line and exit code 1 when a package lacks what each start needs. */
export function refuseIncompletePackage(demo) {
  if (IS_CHECKOUT) return;
  const needed = [
    ...PROGRAMS,
    'migrations',
    'config/models.json',
    ...(demo ? ['config/demo/models.json'] : []),
  ];
  const missing = needed.find((path) => !hasContent(path));
  if (missing === undefined) return;
  console.error(`the package is incomplete (${missing} is missing or empty); reinstall Laneway`);
  process.exit(1);
}

/** Is there a build, and is nothing that it is made of newer? A package has only the build. */
export function isBuilt() {
  const built = changedAt('dist/main.js');
  if (built === 0 || PROGRAMS.some((path) => !hasContent(path))) return false;
  const files = ['package-lock.json', 'scripts/build.mjs', ...sources('scripts/build'), ...sources('src')];
  return files.every((path) => changedAt(path) <= built);
}

/** The path of a program: `main`, the gateway, or `cli`, the command line. `built`: what `isBuilt` has found. */
export function program(name, built) {
  const path = built ? `dist/${name}.js` : name === 'cli' ? 'src/cli/main.ts' : 'src/main.ts';
  return fileURLToPath(new URL(path, ROOT));
}

/** Files and folders: a folder changes when a file of it is removed. */
function sources(folder) {
  if (changedAt(folder) === 0) return [];
  const inside = readdirSync(new URL(folder, ROOT), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sources(path) : [path];
  });
  return [folder, ...inside];
}

/** A folder, or a file that is not empty. */
function hasContent(path) {
  const found = statSync(new URL(path, ROOT), { throwIfNoEntry: false });
  return found !== undefined && (found.isDirectory() || found.size > 0);
}

/** In ms since 1970; 0 if it does not exist. */
function changedAt(path) {
  return statSync(new URL(path, ROOT), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
