import { Command, Option } from 'commander';
import { COMMAND_GROUPS } from './command-list.ts';
import { withExamples } from './examples.ts';
import { isAlone } from './groups.ts';
import type { CommandPorts } from './ports.ts';

/** The `laneway` program with all its commands. */
export function buildProgram(ports: CommandPorts, version: string): Command {
  const program = new Command('laneway')
    .description('Controls a running Laneway gateway, and maintains its configuration and state.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('Configuration, state and shell:')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        ports.print(text.replace(/\n$/, ''));
      },
      writeErr: (text) => {
        ports.note(withoutValues(text).replace(/\n$/, ''));
      },
    })
    .showHelpAfterError('(run laneway --help for a list of commands)')
    .configureHelp({ helpWidth: Math.min(ports.terminal.columns ?? 80, 100), showGlobalOptions: true });
  for (const option of globalOptions()) program.addOption(option);
  for (const { heading, commands } of COMMAND_GROUPS) {
    for (const make of commands) program.addCommand(settled(make(ports), program).helpGroup(heading));
  }
  return withExamples(
    program,
    'laneway status',
    'laneway switch evaluate groq/llama-3.3-70b-versatile --reason cheaper',
  );
}

/**
 * An error about superfluous arguments and unknown options without their values: one may be a key, which is read from
 * standard input only.
 */
function withoutValues(text: string): string {
  return text
    .replace(/(for '(?:add|update|set)'.* but got \d+): .*/s, '$1; keys are read from standard input.\n')
    .replace(/( but got \d+): .*/s, '$1.\n')
    .replace(/(unknown option '[^'=]*)=[^]*?'(?=\n|$)/, "$1'");
}

/** Options that every command accepts, before and after its name. */
function globalOptions(): Option[] {
  return [
    new Option('--json', 'print the result as JSON'),
    new Option(
      '--url <url>',
      'the gateway (default: LANEWAY_URL, else http://127.0.0.1:4600 with LANEWAY_PORT)',
    ),
    new Option(
      '--token <token>',
      'its admin token (default: LANEWAY_ADMIN_TOKEN, else admin.token in the state directory)',
    ),
    new Option('-q, --quiet', 'no messages on standard error except errors'),
    new Option('--no-color', 'no colours (also: NO_COLOR=1)'),
  ];
}

/** Gives a command, and the commands below it, the settings of the one above. */
function settled(command: Command, parent: Command, above = parent.name()): Command {
  const path = `${above} ${command.name()}`;
  command
    .copyInheritedSettings(parent)
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError(`(its arguments and options: ${path} --help)`);
  command.allowExcessArguments(isAlone(command));
  // Explicit, so that the help of a command with subcommands does not list a command "help".
  if (command.commands.length > 0) command.helpCommand(false);
  for (const child of command.commands) settled(child, command, path);
  return command;
}
