import { CommanderError } from 'commander';
import { ConfigFaults } from '../config/faults.ts';
import { StoreFault } from '../store/files/fault.ts';
import { CommandFault, EXIT } from './exit-codes.ts';
import { printable } from './output/printable.ts';
import type { CommandPorts } from './ports.ts';
import { buildProgram } from './program.ts';

/** Runs one command line; `args` is what follows `laneway`. Never rejects: a fault is one line and an exit code. */
export async function runCommandLine(
  args: readonly string[],
  ports: CommandPorts,
  version: string,
): Promise<void> {
  try {
    await buildProgram(ports, version).parseAsync(args, { from: 'user' });
  } catch (error) {
    reportFault(error, ports);
  }
}

/** Prints one line without a stack, and sets the exit code. */
export function reportFault(
  error: unknown,
  { note, setExitCode }: Pick<CommandPorts, 'note' | 'setExitCode'>,
): void {
  if (error instanceof CommanderError) {
    // Commander has already printed the message. Help and version have exit code 0.
    setExitCode(error.exitCode === 0 ? 0 : EXIT.usage);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  note(printable(message.replaceAll(/\s+/g, ' ')));
  setExitCode(exitCodeOf(error));
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFault || error instanceof StoreFault) return error.exitCode;
  return error instanceof ConfigFaults ? EXIT.usage : EXIT.no;
}
