import { isatty } from 'node:tty';
import { configDirectory, dataDirectory } from '../config/environment/process-settings.ts';
import type { Variables } from '../config/environment/variables.ts';
import { prompt } from './input/prompt.ts';
import { sharedSpinner } from './output/spinner.ts';
import type { Places } from './places.ts';
import { USUAL_PORTS } from './doctor/find-engines.ts';
import type { CommandPorts, Terminal } from './ports.ts';

/** Width of a terminal that does not know its own, in columns. */
const COLUMNS_DEFAULT = 80;

/** What the commands need, from this process. */
export function processPorts(
  variables: Variables,
  places: Places | undefined,
  { providerTypes, checkProviders }: Pick<CommandPorts, 'providerTypes' | 'checkProviders'>,
): CommandPorts {
  const terminal = terminalOf(process);
  return {
    dataDirectory: () => dataDirectory(variables, places),
    configDirectory: () => configDirectory(variables, places),
    variables,
    terminal,
    print: (line) => {
      process.stdout.write(`${line}\n`);
    },
    note: (line) => {
      process.stderr.write(`${line}\n`);
    },
    showProgress: terminal.progress ? sharedSpinner() : () => () => undefined,
    showLine: (line) => {
      process.stderr.write(`\r\u001b[2K${line ?? ''}`);
    },
    onInterrupt: (listener) => {
      process.once('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
    readInput,
    ask: (question, hidden) => prompt(question, hidden, { input: process.stdin, output: process.stderr }),
    now: Date.now,
    setExitCode: (exitCode) => {
      process.exitCode = exitCode;
    },
    providerTypes,
    checkProviders,
    enginePorts: USUAL_PORTS,
    dotEnvFile: places?.dotEnv ?? '.env',
    workingDirectory: process.cwd(),
  };
}

function terminalOf({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): Terminal {
  const inputIsTerminal = isatty(0);
  return {
    columns: stdout.isTTY ? (stdout.columns > 0 ? stdout.columns : COLUMNS_DEFAULT) : null,
    colors: stdout.isTTY && stdout.hasColors(),
    progress: stderr.isTTY,
    inputIsTerminal,
    interactive: inputIsTerminal && stderr.isTTY,
  };
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
