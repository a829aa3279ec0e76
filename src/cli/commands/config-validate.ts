import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { readEnvironment } from '../../config/environment/process-settings.ts';
import { ConfigFaults, type ConfigFault } from '../../config/faults.ts';
import { EXIT, usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import { countText } from '../output/count.ts';
import type { CommandPorts } from '../ports.ts';
import { outputOf } from '../session.ts';
import { validateFiles } from '../validate-files.ts';

interface Options {
  readonly configDir?: string;
}

interface Validation {
  readonly valid: boolean;
  readonly directory: string;
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly string[];
}

/** `laneway config validate`: checks the files as a start would; exit code 1 when the gateway would refuse them. */
export function configValidateCommand(ports: CommandPorts): Command {
  const command = new Command('validate')
    .description(
      'check the configuration files, profiles and variables as a start would, without a gateway; exit 1: invalid',
    )
    .option('-c, --config-dir <directory>', 'the configuration directory (LANEWAY_CONFIG_DIR)')
    .action(async ({ configDir }: Options) => {
      const out = outputOf(command, ports);
      if (configDir !== undefined && !existsSync(configDir))
        throw usageFault(`--config-dir: ${resolve(configDir)} does not exist`);
      const validation = await validate(configDir ?? ports.configDirectory(), ports);
      out.result(validation, (shown) => validationLines(shown, out));
      if (!existsSync(validation.directory))
        out.note(`${validation.directory} does not exist, so the shipped configuration was checked`);
      out.note(
        `checked the files of ${validation.directory} and the environment, without a gateway: providers and a profile that calls have set are not included`,
      );
      if (!validation.valid) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway config validate --config-dir config');
}

async function validate(directory: string, ports: CommandPorts): Promise<Validation> {
  const files = await validateFiles(directory, ports);
  const faults = [...variableFaults(ports), ...files.faults];
  return { valid: faults.length === 0, directory, faults, warnings: files.warnings };
}

/** The faults of variables of the process, such as LANEWAY_PORT, for which a start would be refused, too. */
function variableFaults({ variables }: CommandPorts): readonly ConfigFault[] {
  try {
    readEnvironment(variables);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return error.faults;
  }
}

function validationLines({ valid, faults, warnings }: Validation, out: Output): string[] {
  const { good, bad, warning } = out.colors;
  const verdict = valid ? good('valid') : bad(`invalid: ${countText(faults.length, 'fault')}`);
  return [
    ...faults.map(
      ({ file, path, message }) => `${bad('fault')} ${[file, path, message].filter(Boolean).join(': ')}`,
    ),
    ...warnings.map((text) => `${warning('warning')} ${text}`),
    `${verdict}${warnings.length > 0 ? `, ${countText(warnings.length, 'warning')}` : ''}`,
  ];
}
