import type { Variables } from '../config/environment/variables.ts';
import type { ProviderConfig } from '../config/config.ts';
import type { ProviderCheckResult } from '../protocol/provider-check.ts';
import type { ProviderTypeInfo } from '../protocol/provider-type.ts';

/** What the standard streams are connected to. */
export interface Terminal {
  /** The columns of standard output; null: it is no terminal, lines have any length. */
  readonly columns: number | null;
  /** Standard output shows colours. `NO_COLOR` and `--no-color` still switch them off. */
  readonly colors: boolean;
  /** Standard error is a terminal that can show progress. */
  readonly progress: boolean;
  /** Standard input is a terminal: what is read from it, a person types. */
  readonly inputIsTerminal: boolean;
  /** A person can be asked: standard input and standard error are a terminal. */
  readonly interactive: boolean;
}

/** Checks providers by their model lists; `timeoutMs` is the longest wait for each server. */
export type CheckProviders = (
  providers: Readonly<Record<string, ProviderConfig>>,
  options: {
    readonly variable: (name: string) => string | undefined;
    readonly now: () => number;
    readonly timeoutMs: number;
  },
) => Promise<readonly ProviderCheckResult[]>;

/** What the commands need from the process. */
export interface CommandPorts {
  /** The state directory from the environment. */
  readonly dataDirectory: () => string;
  /** The configuration directory from the environment. */
  readonly configDirectory: () => string;
  /** The environment with `.env`. */
  readonly variables: Variables;
  readonly terminal: Terminal;
  /** Prints a line to standard output: the result. */
  readonly print: (line: string) => void;
  /** Prints a line to standard error: everything else. */
  readonly note: (line: string) => void;
  /** Shows on standard error that something is going on, until the returned function is called. */
  readonly showProgress: (text: string) => () => void;
  /** Replaces the last line of standard error, which is a terminal; null clears it. */
  readonly showLine: (line: string | null) => void;
  /** Calls the listener on Ctrl-C, in place of the end of the process, until the returned function is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  /** Asks a person on the terminal. `hidden`: what is typed is not shown. */
  readonly ask: (question: string, hidden: boolean) => Promise<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Sets the exit code of the process. */
  readonly setExitCode: (exitCode: number) => void;
  /** The provider types, which files of the configuration are checked with. */
  readonly providerTypes: () => Promise<readonly ProviderTypeInfo[]>;
  /** Reads the model lists of the enabled providers once, without a gateway. Never rejects. */
  readonly checkProviders: CheckProviders;
  /** Where engines are looked for on this machine. */
  readonly enginePorts: readonly number[];
  /** The path of `.env`. */
  readonly dotEnvFile: string;
  /** The directory in which the command was started. */
  readonly workingDirectory: string;
}
