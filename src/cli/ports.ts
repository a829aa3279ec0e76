/** What the commands of the command line need of the process. */
export interface CommandPorts {
  /** The state directory that the environment names. */
  readonly dataDirectory: () => string;
  /** Prints a line for people. */
  readonly say: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends the process with that code when the command is over. */
  readonly fail: (exitCode: number) => void;
}
