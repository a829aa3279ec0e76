import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Only Linux has CPU time and memory of a process in files; elsewhere only times are measured. */
export const canMeasure = process.platform === 'linux' && existsSync('/proc/self/schedstat');

/** Where `command` is on the PATH or among the system's own programs, or null. */
export function findProgram(command: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => `${folder}/${command}`).find((path) => existsSync(path)) ?? null;
}

const CORES = availableParallelism();
const taskset = CORES > 1 ? findProgram('taskset') : null;
/** Load and upstream share core 0, what is measured has core 1: without that, nothing below is exact. */
export const isPinned = taskset !== null;

/** A program with its arguments, pinned to one core where possible. */
export function pinned(core: 0 | 1, command: string, args: readonly string[]): [string, string[]] {
  return taskset === null ? [command, [...args]] : [taskset, ['-c', String(core), command, ...args]];
}

/** Holds this process to core 0, so that what it does between measurements disturbs none. */
export function pinSelf(): void {
  if (taskset !== null) execFileSync(taskset, ['-cp', '0', String(process.pid)], { stdio: 'ignore' });
}

/** Lets a process with all its threads use every core from now on: for work that it gives to threads of its own. */
export function unpin(pid: number): void {
  if (taskset !== null) execFileSync(taskset, ['-acp', `0-${CORES - 1}`, String(pid)], { stdio: 'ignore' });
}

/** A child of the bench that dies with it. */
export function startProcess(
  core: 0 | 1,
  command: string,
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>;
    readonly cwd?: string;
    readonly log: string;
    readonly ipc?: boolean;
  },
): ChildProcess {
  const log = openSync(options.log, 'a');
  const [program, programArgs] = pinned(core, command, args);
  const child = spawn(program, programArgs, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
    stdio: options.ipc === true ? ['ignore', 'pipe', log, 'ipc'] : ['ignore', log, log],
    cwd: options.cwd,
    serialization: 'advanced',
  });
  closeSync(log);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return child;
}

/** Ends a child: SIGTERM, then SIGKILL after 5 s. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(timer);
}

/** CPU time of a process, its children and all their threads, user and system, in microseconds. */
export function cpuMicros(pid: number): number {
  let micros = 0;
  for (const member of processTree(pid)) {
    for (const task of tasksOf(member)) micros += threadMicros(member, task);
  }
  return micros;
}

/** CPU time of the threads of one process by their name (Node's serving thread is `node-MainThread`), in microseconds. */
export function threadTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const task of tasksOf(pid)) {
    const name = (read(`/proc/${pid}/task/${task}/comm`) ?? '').trim();
    times.set(name, (times.get(name) ?? 0) + threadMicros(pid, task));
  }
  return times;
}

function threadMicros(pid: number, task: string): number {
  return Number((read(`/proc/${pid}/task/${task}/schedstat`) ?? '0').split(' ')[0]) / 1000;
}

/** Resident memory of a process and its children in bytes, now or at its highest since `forgetPeak`. */
export function residentBytes(pid: number, what: 'now' | 'peak'): number {
  const line = what === 'now' ? /VmRSS:\s+(\d+)/ : /VmHWM:\s+(\d+)/;
  const kilobytes = processTree(pid).map((member) =>
    Number(line.exec(read(`/proc/${member}/status`) ?? '')?.[1] ?? 0),
  );
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

/** Lets the peak of resident memory start again from now (proc(5), `clear_refs` 5). */
export function forgetPeak(pid: number): void {
  for (const member of processTree(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5');
}

/** Seconds that the host took from this machine's cores since start: the mark of a noisy neighbour. */
export function stolenSeconds(): number {
  const fields = (read('/proc/stat') ?? '').split('\n')[0]?.split(/\s+/) ?? [];
  return Number(fields[8] ?? 0) / 100;
}

function processTree(pid: number): number[] {
  const found = [pid];
  for (const member of found) {
    for (const task of tasksOf(member)) {
      const children = read(`/proc/${member}/task/${task}/children`) ?? '';
      found.push(
        ...children
          .split(' ')
          .filter((each) => each !== '')
          .map(Number),
      );
    }
  }
  return found;
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
