// Files that libraries read from their own folder at run time: native code, and what is served to browsers.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

const SOURCES = join(import.meta.dirname, '..', '..', 'src');
const require = createRequire(join(SOURCES, 'main.ts'));

/** By library: its folder of such files, and those that are needed. */
const FILES = {
  'better-sqlite3': { folder: 'prebuilds', wanted: (name) => name.endsWith('.node') },
  // Without the page's second form, and what only a sign-in by OAuth needs.
  '@fastify/swagger-ui': {
    folder: 'static',
    wanted: (name) => /\.(?:css|png|svg)$|^swagger-ui-(?:bundle|standalone-preset)\.js$/.test(name),
  },
};

const LIBRARIES = Object.keys(FILES).map((name) => ({
  name,
  root: dirname(require.resolve(`${name}/package.json`)),
}));

/** The module that libraries get their folder from; it is no file. */
const FOLDERS = '\0library-folders';

/** In a library of `FILES`, `__dirname` is its folder below dist/libraries, wherever the bundled code is. */
export const libraryFolders = {
  name: 'library-folders',
  resolveId: (id) => (id === FOLDERS ? id : null),
  load(id) {
    if (id !== FOLDERS) return null;
    return `import { join } from 'node:path';
      import { PACKAGE_ROOT } from ${JSON.stringify(join(SOURCES, 'util', 'package-root.ts'))};
      export const folderOf = (path) => join(PACKAGE_ROOT, 'dist', 'libraries', path);`;
  },
  transform: {
    filter: { code: '__dirname' },
    handler(code, id) {
      const library = LIBRARIES.find(({ root }) => !relative(root, id).startsWith('..'));
      if (library === undefined) return null;
      const folder = join(library.name, dirname(relative(library.root, id))).replaceAll('\\', '/');
      const call = `require(${JSON.stringify(FOLDERS)}).folderOf(${JSON.stringify(folder)})`;
      // Only the inside of lines changes.
      return { code: code.replaceAll('__dirname', call), map: null };
    },
  },
};

/** Copies the files to `dist`/libraries. Those that are the same stay: a running gateway may have loaded them. */
export function copyLibraryFiles(dist) {
  for (const { name, root } of LIBRARIES) {
    const { folder, wanted } = FILES[name];
    const target = join(dist, 'libraries', name, folder);
    mkdirSync(target, { recursive: true });
    for (const file of readdirSync(join(root, folder)).filter(wanted)) {
      copyIfOther(join(root, folder, file), join(target, file));
    }
  }
}

function copyIfOther(from, to) {
  if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) return;
  const copy = join(dirname(to), `.${basename(to)}.${process.pid}`);
  cpSync(from, copy);
  renameSync(copy, to);
}
