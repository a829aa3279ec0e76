import type { CompletedCommand } from './words.ts';

/** A completion script for fish, for commands of `laneway`. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of laneway for fish. To use it: laneway completion fish | source
complete -c laneway -e
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf(command: CompletedCommand): string[] {
  const when = conditionOf(command);
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

/** True when the command line so far names this command and none below it. */
function conditionOf({ path, verbs }: CompletedCommand): string {
  if (path.length === 0) return '__fish_use_subcommand';
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const below = verbs.map(([name]) => name);
  const none = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`];
  return quoted([...seen, ...none].join('; and '));
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
