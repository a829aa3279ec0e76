import { usageFault } from '../exit-codes.ts';
import type { CommandPorts } from '../ports.ts';

/**
 * Reads a value that must not be an argument, where other users and the shell's history would see it: typed without echo
 * on a terminal, else all of standard input without the line break at its end. Throws a `CommandFault` (2) when empty.
 */
export async function readSecret(
  question: string,
  { terminal, ask, readInput }: Pick<CommandPorts, 'terminal' | 'ask' | 'readInput'>,
): Promise<string> {
  const written = terminal.inputIsTerminal ? await ask(question, true) : await readInput();
  const value = written.replace(/\r?\n$/, '');
  if (value.trim() === '') throw usageFault('the value is empty: type it, or send it to standard input');
  return value;
}
