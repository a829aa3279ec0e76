import type { CompletedCommand } from './words.ts';

/** A completion script for fish, for commands of `laneway`. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of laneway for fish. To use it: laneway completion fish | source
complete -c laneway -e
${commands.flatMap((command) => linesOf(command, commands)).join('\n')}
`;
}

function linesOf(command: CompletedCommand, all: readonly CompletedCommand[]): string[] {
  const when = quoted(conditionOf(command, all));
  return [
    ...command.verbs.map(
      ([name, description]) => `complete -c laneway -n ${when} -f -a ${name} -d ${quoted(description)}`,
    ),
    ...command.options.map(({ flags, description, takesValue }) => {
      const names = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      return `complete -c laneway -n ${when} ${names.join(' ')}${takesValue ? ' -r' : ''} -d ${quoted(description)}`;
    }),
  ];
}

/**
 * True when the command line so far names this command, none below it, and no group that has one of the same name:
 * `config explain` is not `explain`. fish's own `__fish_use_subcommand` would take the value of an option for a command.
 */
function conditionOf({ path, verbs }: CompletedCommand, all: readonly CompletedCommand[]): string {
  const groups = all.flatMap(({ path: [group = '', name] }) =>
    path.length === 1 && name === path[0] ? [group] : [],
  );
  const others = [...verbs.map(([name]) => name), ...groups];
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const none = others.length === 0 ? [] : [`not __fish_seen_subcommand_from ${others.join(' ')}`];
  return [...seen, ...none].join('; and ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
