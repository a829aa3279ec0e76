/** What the commands need from the process. */
export interface CommandPorts {
  /** The state directory from the environment. */
  readonly dataDirectory: () => string;
  /** Prints a line to standard output. */
  readonly print: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Sets the exit code of the process. */
  readonly setExitCode: (exitCode: number) => void;
}
