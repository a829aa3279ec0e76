import type { ProcessExit } from '../wording.ts';

/** Starts processes; injected so that tests need none. */
export interface Spawner {
  /** Resolves once the program runs. Rejects with an `EngineError` that names the reason. */
  spawn(request: SpawnRequest): Promise<Child>;
}

/** What to start. No shell is involved, and the process gets a group and a session of its own. */
export interface SpawnRequest {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Who gets the lines of both outputs; or the file to which they are appended, for a process that outlives this one. */
  readonly output: ((line: string) => void) | { readonly file: string };
}

/** A started process. */
export interface Child {
  readonly pid: number;
  /** Resolves when the process has ended and its last lines have arrived. */
  readonly exited: Promise<ProcessExit>;
  /** Signals the whole process group; does nothing once it has ended. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}
