// Which files of dist/ can be run. Plain JavaScript for Node 18 and up.
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);

/** Is there a build, and is nothing that it is made of newer? A package has only the build. */
export function isBuilt() {
  const built = changedAt('dist/main.js');
  if (built === 0) return false;
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

/** In ms since 1970; 0 if it does not exist. */
function changedAt(path) {
  return statSync(new URL(path, ROOT), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
