import type { Argument, Command, Option } from 'commander';
import { examplesOf } from './examples.ts';

const HEAD = `# Command line

\`laneway\` controls a running gateway and maintains its configuration and state. In the repository it is \`npm run laneway --\` (\`npm run -s laneway -- status\`). This page is made from the commands: \`npm run commands\`.
`;

const RULES = `## Output and exit codes

The result goes to standard output, everything else to standard error. On a terminal, tables fit its width; elsewhere nothing is cut. Colours are used only on a terminal, and not with \`--no-color\` or \`NO_COLOR\`. With \`--json\` exactly one JSON value is printed, in the form of [the API](api.md); \`events\` and \`requests --follow\` print one on each line. After an error nothing is printed to standard output: the message is on standard error, and the exit code says the rest.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | the gateway or a check answered no: a refused switch, a broken audit chain, an invalid configuration, a gateway that is not ready, a fault found by doctor |
| 2 | unknown command, option or value, an invalid variable, or a file that cannot be read |
| 3 | unusable state file |
| 4 | state directory in use by a running gateway |
| 5 | address in use (only when the gateway starts) |
| 6 | no gateway answers at the address |
| 130 | ended by Ctrl-C |

The gateway is the one of \`--url\` or \`LANEWAY_URL\`, else the one that listens on \`LANEWAY_HOST\` and \`LANEWAY_PORT\` of the environment and \`.env\`. Its admin token is \`--token\` or \`LANEWAY_ADMIN_TOKEN\`, else that of the state directory, which is sent only to this machine. Other users of the machine can see arguments: prefer the variable.
`;

/** The page of all commands in Markdown, from the program itself. */
export function commandReference(program: Command): string {
  const globals = optionTable(program);
  const sections = program.commands.flatMap((command) => sectionsOf(command, 'laneway', 2));
  return [HEAD, RULES, `## Options of every command\n\n${globals}`, ...sections].join('\n');
}

function sectionsOf(command: Command, parent: string, level: number): string[] {
  const name = `${parent} ${command.name()}`;
  const parts = [
    `${'#'.repeat(level)} ${name}\n`,
    `${sentence(command.description())}\n`,
    `\`\`\`text\n${name}${usageOf(command)}\n\`\`\`\n`,
    argumentTable(command.registeredArguments),
    optionTable(command),
    exampleBlock(examplesOf(command)),
  ];
  return [
    parts.filter((part) => part !== '').join('\n'),
    ...command.commands.flatMap((child) => sectionsOf(child, name, level + 1)),
  ];
}

function usageOf(command: Command): string {
  const hasOptions = command.options.length > 0;
  const hasChildren = command.commands.length > 0;
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const all = [...(hasOptions ? ['[options]'] : []), ...(hasChildren ? ['[command]'] : []), ...words];
  return all.map((word) => ` ${word}`).join('');
}

function argumentTable(args: readonly Argument[]): string {
  if (args.length === 0) return '';
  const rows = args.map((argument) => `| \`${argument.name()}\` | ${cell(argument.description)} |`);
  return `| argument | meaning |\n|---|---|\n${rows.join('\n')}\n`;
}

function optionTable({ options }: { readonly options: readonly Option[] }): string {
  if (options.length === 0) return '';
  const rows = options.map(
    (option) => `| \`${option.flags}\` | ${cell(option.description)}${defaultOf(option)} |`,
  );
  return `| option | meaning |\n|---|---|\n${rows.join('\n')}\n`;
}

function defaultOf({ defaultValue, negate }: Option): string {
  const isShown = !negate && (typeof defaultValue === 'number' || typeof defaultValue === 'string');
  return isShown ? ` (default: ${defaultValue})` : '';
}

function exampleBlock(examples: readonly string[]): string {
  if (examples.length === 0) return '';
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  return `${title}\n\n\`\`\`text\n${examples.join('\n')}\n\`\`\`\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/<([^>]+)>/g, '`<$1>`');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
