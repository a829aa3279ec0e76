import { Command } from 'commander';
import { configJsonSchema } from '../../config/schema/json-schema.ts';
import { withExamples } from '../examples.ts';
import type { CommandPorts } from '../ports.ts';
import { configExplainCommand } from './config-explain.ts';
import { configValidateCommand } from './config-validate.ts';

/** `laneway config`: checks the files, and shows where values come from. */
export function configCommand(ports: CommandPorts): Command {
  const group = new Command('config')
    .summary('check files, explain values')
    .description('check the configuration files, or show where each value of a running gateway comes from')
    .addCommand(configValidateCommand(ports))
    .addCommand(configExplainCommand(ports))
    .addCommand(schemaCommand(ports));
  return withExamples(group, 'laneway config validate');
}

function schemaCommand(ports: CommandPorts): Command {
  const command = new Command('schema')
    .description('print the JSON Schema of configuration files, for completion in editors')
    .action(() => {
      ports.print(JSON.stringify(configJsonSchema(), null, 2));
    });
  return withExamples(command, 'laneway config schema > schema.json');
}
