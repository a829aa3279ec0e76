import { spawn, type ChildProcess } from 'node:child_process';
import { open, type FileHandle } from 'node:fs/promises';
import { EngineError } from '../../driver.ts';
import { lineCutter } from '../engine-http.ts';
import { shown, type ProcessExit } from '../wording.ts';
import type { Child, Spawner, SpawnRequest } from './spawner.ts';

const MAX_LINE_BYTES = 16 * 1024;
/** How long the outputs may stay open after the process has ended: a grandchild may hold them for ever. */
const DRAIN_MS = 300;

/** Starts processes of this machine. */
export const systemSpawner: Spawner = { spawn: start };

async function start(request: SpawnRequest): Promise<Child> {
  const { command, environment, output } = request;
  const [program = '', ...args] = command;
  const file = typeof output === 'function' ? null : await openLog(output.file);
  try {
    const out = file === null ? 'pipe' : file.fd;
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', out, out],
      env: environment,
      shell: false,
      windowsHide: true,
    });
    if (typeof output === 'function') {
      child.stdout?.on('data', lineCutter(output, MAX_LINE_BYTES));
      child.stderr?.on('data', lineCutter(output, MAX_LINE_BYTES));
    } else {
      child.unref();
    }
    const exited = exitOf(child);
    const pid = await started(child, program);
    return { pid, exited, kill: groupKiller(child, pid, file !== null) };
  } catch (error) {
    // Node itself refuses some commands, such as one with a NUL in a path.
    throw error instanceof EngineError ? error : cannotStart(program, codeOf(error));
  } finally {
    await file?.close();
  }
}

function started(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(cannotStart(program, codeOf(error)));
    });
    child.once('spawn', () => {
      resolve(child.pid ?? 0);
    });
  });
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', 0o600);
  } catch (error) {
    throw new EngineError('failed', `The output of an engine cannot be written: ${codeOf(error)}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program on the PATH',
  EACCES: 'it is not executable',
};

function cannotStart(program: string, code: string): EngineError {
  const why = REASONS[code] ?? code;
  return new EngineError('failed', `The engine's program ${shown(program)} cannot be started: ${why}`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const settle = (): void => {
        clearTimeout(timer);
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve({ code, signal });
      };
      const timer = setTimeout(settle, DRAIN_MS);
      child.once('close', settle);
    });
  });
}

/**
 * Signals the group of a child, whose number is the child's own. When the child ends, what it has left of its group is
 * ended at once, before the number can be used again; unless it is a program that starts a server and returns.
 */
function groupKiller(child: ChildProcess, pid: number, outlives: boolean): Child['kill'] {
  let ended = false;
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      // Windows has no groups.
      if (process.platform === 'win32') child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // ESRCH: there is nobody left.
    }
  };
  child.once('exit', (code) => {
    ended = true;
    if (!outlives || code !== 0) signalGroup('SIGKILL');
  });
  return (signal) => {
    if (!ended && pid > 0) signalGroup(signal);
  };
}
