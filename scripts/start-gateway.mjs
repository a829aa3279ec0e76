// Starts the gateway from dist/, which is built first when it is missing or older than its sources.
// Plain JavaScript for Node 18 and up.
import { spawn } from 'node:child_process';
import { accessSync, constants as modes, existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isatty } from 'node:tty';

import { isBuilt, program, refuseIncompletePackage } from './built.mjs';
import { findNode, runOnPinnedNode, whenNpmHasEnded } from './pinned-node.mjs';
import { NODE_FLAGS, VARIABLES } from './process-options.mjs';

/** Takes the place of this process, after the build. `args`: those of the gateway. */
export async function startGateway(args) {
  refuseIncompletePackage(args.includes('--demo'));
  const node = findNode();
  const built = isBuilt() || (await build(node));
  for (const [name, value] of Object.entries(VARIABLES)) {
    if (process.env[name] === undefined) process.env[name] = value;
  }
  runOnPinnedNode([...NODE_FLAGS, program('main', built), ...args]);
}

/** Whether it has worked. A signal ends the build and this process. */
async function build(node) {
  const fallback = 'starting from the sources, which takes longer:';
  if (!existsSync(new URL('../node_modules/rolldown', import.meta.url))) {
    console.error(`${fallback} without the development packages nothing can be built`);
    return false;
  }
  const refusal = writeRefusal();
  if (refusal !== null) {
    console.error(`${fallback} dist/ cannot be written (${refusal})`);
    return false;
  }
  const isDone = await runBuild(node);
  if (!isDone) console.error(`${fallback} the build failed`);
  return isDone;
}

/** The code of the error with which a build could not write its files; null: it can. */
function writeRefusal() {
  for (const path of ['../', '../dist', '../dist/chunks']) {
    try {
      accessSync(new URL(path, import.meta.url), modes.W_OK);
    } catch (error) {
      // The build creates what is missing.
      if (error.code !== 'ENOENT') return error.code;
    }
  }
  return null;
}

/** Resolves with whether the build has worked; ends this process when a signal, or the end of npm, has ended the build. */
function runBuild(node) {
  const script = fileURLToPath(new URL('build.mjs', import.meta.url));
  let child = null;
  let received = null;
  const stop = (signal) => {
    received ??= signal;
    // Ctrl-C reaches the child from the terminal itself.
    if (signal !== 'SIGINT' || !isatty(0)) child?.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  console.error('building dist/: a few seconds, only after the sources have changed');
  child = spawn(node, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  const endWatch = whenNpmHasEnded(() => stop('SIGTERM'), 100);
  return new Promise((resolve) => {
    const end = (isDone) => {
      // npm may have ended since the last look.
      endWatch();
      if (received !== null) process.exit(128 + constants.signals[received]);
      for (const signal of signals) process.removeListener(signal, stop);
      resolve(isDone);
    };
    child.on('error', () => end(false));
    child.on('exit', (code) => end(code === 0));
  });
}
