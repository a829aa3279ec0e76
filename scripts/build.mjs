// Builds dist/: the gateway and its threads, and the command line, each with the libraries that it uses, as few files.
// Starting from few files takes less than half the time and memory of starting from the sources.
//
//   node scripts/node.mjs scripts/build.mjs
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { rolldown } from 'rolldown';
import { build as viteBuild } from 'vite';

import { toAscii } from './build/ascii.mjs';
import { copyLibraryFiles, libraryFolders } from './build/library-files.mjs';
import { licences } from './build/licences.mjs';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

/** Each `new URL('./x.ts', import.meta.url)` is the program of a thread: it becomes an entry of its own. */
const threads = {
  name: 'threads',
  transform: {
    filter: { code: /new URL\('[^']+\.ts', import\.meta\.url\)/ },
    handler(code, id) {
      const emitted = code.replaceAll(/new URL\('([^']+)\.ts', import\.meta\.url\)/g, (_, path) => {
        const file = resolve(dirname(id), `${path}.ts`);
        const reference = this.emitFile({ type: 'chunk', id: file });
        return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
      });
      // Only the inside of lines changes.
      return { code: emitted, map: null };
    },
  },
};

/** How long a running gateway may still import files of the build that it started from. */
const OLD_FILES_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Moves the build to dist/, the programs last, so that a gateway which starts meanwhile finds all that it imports. Files
 * of earlier builds have other names, and stay for the gateways that run from them.
 */
function install() {
  const chunks = join(DIST, 'chunks');
  mkdirSync(chunks, { recursive: true });
  const fresh = new Set(readdirSync(join(building, 'chunks')));
  for (const name of fresh) renameSync(join(building, 'chunks', name), join(chunks, name));
  for (const entry of readdirSync(building, { withFileTypes: true })) {
    if (entry.isFile()) renameSync(join(building, entry.name), join(DIST, entry.name));
  }
  installConsole();
  rmSync(building, { recursive: true });
  const old = readdirSync(chunks).filter((name) => !fresh.has(name));
  for (const name of old) {
    const path = join(chunks, name);
    if (Date.now() - statSync(path).mtimeMs > OLD_FILES_MS) rmSync(path);
  }
  // A package contains none of them.
  writeFileSync(join(DIST, '.npmignore'), old.map((name) => `/chunks/${name}\n`).join(''));
}

/** The page last, so that it never names files that are not there yet. Pages that are open have loaded theirs. */
function installConsole() {
  const [from, to] = [building, DIST].map((folder) => join(folder, 'console'));
  rmSync(join(to, 'assets'), { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).sort((a, b) => (a === 'index.html') - (b === 'index.html'))) {
    renameSync(join(from, name), join(to, name));
  }
}

/** Only the stack of an error needs the source maps, which take a quarter of their size so. */
function compressMaps() {
  for (const name of readdirSync(building, { recursive: true })) {
    if (!name.endsWith('.map')) continue;
    const path = join(building, name);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
  }
}

/** Removes what builds have left that were killed. */
function removeLeftovers() {
  for (const name of readdirSync(ROOT)) {
    const pid = Number(/^dist\.(\d+)$/.exec(name)?.[1]);
    if (pid === process.pid || (pid > 0 && !isRunning(pid))) rmSync(join(ROOT, name), { recursive: true });
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

const started = performance.now();
const building = `${DIST}.${process.pid}`;
removeLeftovers();
// A build that fails or is ended leaves nothing.
process.on('exit', () => rmSync(building, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}
const bundle = await rolldown({
  cwd: ROOT,
  input: { main: 'src/main.ts', cli: 'src/cli/main.ts' },
  platform: 'node',
  // jsonc-parser's `main` is a UMD module, whose parts cannot be found at build time.
  resolve: { mainFields: ['module', 'main'] },
  plugins: [threads, libraryFolders, licences],
});
// Written here, since rolldown's threads go on writing while a signal ends this process.
const { output } = await bundle.generate({
  format: 'esm',
  sourcemap: 'hidden',
  sourcemapExcludeSources: true,
  minify: { compress: true, mangle: true, codegen: { removeWhitespace: true } },
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
});
await bundle.close();
mkdirSync(join(building, 'chunks'), { recursive: true });
for (const part of output) {
  writeFileSync(join(building, part.fileName), part.type === 'chunk' ? part.code : part.source);
}
for (const name of readdirSync(building, { recursive: true })) {
  if (name.endsWith('.js')) toAscii(join(building, name));
}
compressMaps();
await viteBuild({
  configFile: join(ROOT, 'src', 'console', 'vite.config.ts'),
  logLevel: 'error',
  build: { outDir: join(building, 'console') },
});
copyLibraryFiles(DIST);
install();
console.log(`built dist/ in ${Math.round(performance.now() - started)} ms`);
