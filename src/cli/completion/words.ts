import type { Command } from 'commander';

/** A command as completion sees it. */
export interface CompletedCommand {
  /** The names on the command line up to it: `['providers', 'add']`; empty for the program. */
  readonly path: readonly string[];
  readonly description: string;
  /** Names and descriptions of the commands below it, or of the words that its argument may be. */
  readonly verbs: readonly (readonly [name: string, description: string])[];
  readonly options: readonly CompletedOption[];
}

/** An option as completion sees it. */
export interface CompletedOption {
  /** `--json`, or `-j`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** It is followed by a value. */
  readonly takesValue: boolean;
}

/** Every command of a program, the program first. The options of the program count for all, those of a group for itself. */
export function completedCommands(program: Command): CompletedCommand[] {
  return walk(program, [], []);
}

const OF_PROGRAM = ['--help', '--version'];

function walk(
  command: Command,
  path: readonly string[],
  above: readonly CompletedOption[],
): CompletedCommand[] {
  const help = command.createHelp();
  const options = [...help.visibleOptions(command).map(optionOf), ...above];
  const children = help.visibleCommands(command);
  const own: CompletedCommand = {
    path,
    description: shortText(command),
    verbs: [
      ...children.map((child) => [child.name(), shortText(child)] as const),
      ...(command.registeredArguments[0]?.argChoices ?? []).map((choice) => [choice, ''] as const),
    ],
    options: options.filter(isFirst),
  };
  const isProgram = path.length === 0;
  const inherited = isProgram
    ? options.filter(({ flags }) => !OF_PROGRAM.some((name) => flags.includes(name)))
    : above;
  return [own, ...children.flatMap((child) => walk(child, [...path, child.name()], inherited))];
}

function shortText(command: Command): string {
  return command.summary() === '' ? command.description() : command.summary();
}

type CommanderOption = Command['options'][number];

function optionOf({ short, long, description, required, optional }: CommanderOption): CompletedOption {
  const flags = [long, short].filter((flag) => flag !== undefined);
  return { flags, description, takesValue: required || optional };
}

/** The flags that are followed by a value wherever they are known, so that the value is not taken for a command. */
export function valuedFlags(commands: readonly CompletedCommand[]): string[] {
  const options = commands.flatMap((command) => command.options);
  const flagsOf = (takesValue: boolean): Set<string> =>
    new Set(options.filter((option) => option.takesValue === takesValue).flatMap(({ flags }) => flags));
  return [...flagsOf(true).difference(flagsOf(false))];
}

function isFirst(option: CompletedOption, index: number, all: readonly CompletedOption[]): boolean {
  return all.findIndex(({ flags }) => flags[0] === option.flags[0]) === index;
}
