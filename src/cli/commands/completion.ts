import { Argument, Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { completedCommands, type CompletedCommand } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import { withExamples } from '../examples.ts';
import type { CommandPorts } from '../ports.ts';
import { outputOf } from '../session.ts';

const SCRIPTS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `laneway completion SHELL`: a script that lets a shell complete commands and options. */
export function completionCommand(ports: CommandPorts): Command {
  const command = new Command('completion')
    .summary('completion for bash, zsh or fish')
    .description('print a script with which a shell completes commands and options')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => {
      const script = SCRIPTS[shell]?.(completedCommands(rootOf(command))) ?? '';
      outputOf(command, ports).result({ shell, script }, () => [script.trimEnd()]);
    });
  return withExamples(command, 'source <(laneway completion bash)');
}

function rootOf(command: Command): Command {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root;
}
