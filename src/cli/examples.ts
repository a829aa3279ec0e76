import type { Command } from 'commander';

const examples = new WeakMap<Command, readonly string[]>();

/** Adds examples to the help of a command: whole command lines. Returns the command. */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  examples.set(command, lines);
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', ['', title, ...lines.map((line) => `  $ ${line}`)].join('\n'));
}

/** The examples of a command, for the reference in docs/. */
export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}
