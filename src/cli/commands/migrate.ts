import { join } from 'node:path';
import { Command } from 'commander';
import { ConfigFaults, formatPath, type ConfigFault } from '../../config/faults.ts';
import { PACKAGE_ROOT } from '../../util/package-root.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { planLines } from '../migrate/plan-lines.ts';
import { planMigration, type Plan } from '../migrate/plan.ts';
import { replaceText } from '../migrate/replace-text.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import type { CommandPorts } from '../ports.ts';
import { outputOf } from '../session.ts';

interface Options {
  readonly write?: boolean;
  readonly overwrite?: boolean;
  readonly configDir?: string;
}

/** `laneway migrate FILE…`: turns files of older systems into `user_models.json`. */
export function migrateCommand(ports: CommandPorts): Command {
  const command = new Command('migrate')
    .summary('turn files of older systems into configuration')
    .description(
      'turn files of older systems into user_models.json, without a gateway: role files (JSON or YAML with role_mappings, model_profiles, cloud_providers) and a .env of lanes or of a model bar; shows what each thing becomes, what is not taken over, and the changes; of several files a later one wins over an earlier one',
    )
    .argument('<files...>', 'the older files')
    .option('-w, --write', 'write the result, and keep a copy of the file that it replaces')
    .option('--overwrite', 'where user_models.json has another value, take that of the older file')
    .option('-c, --config-dir <directory>', 'the configuration directory (LANEWAY_CONFIG_DIR)')
    .action(async (files: readonly string[], options: Options) => {
      const out = outputOf(command, ports);
      await migrate(files, options, out, ports);
    });
  return withExamples(
    command,
    'laneway migrate old/models.json old/user_models.json',
    'laneway migrate old/.env --write',
  );
}

async function migrate(
  files: readonly string[],
  { write = false, overwrite = false, configDir }: Options,
  out: Output,
  ports: CommandPorts,
): Promise<void> {
  const directory = configDir ?? ports.configDirectory();
  const plan = await planOrFaults(directory, { files, overwrite }, ports);
  if (!('sources' in plan)) {
    out.result({ written: false, ...plan }, ({ faults }) => faultLines(faults, out));
    out.note('the configuration cannot be read, so nothing was converted');
    ports.setExitCode(EXIT.no);
    return;
  }
  const isChanged = plan.after !== (plan.before ?? '');
  const isWritten = write && isChanged && plan.faults.length === 0;
  const backup = isWritten ? replaceText(plan.file, plan.after, new Date(ports.now())) : null;
  const result = replyOf(plan, { isChanged, isWritten, backup, overwrite });
  // The texts as they are: a difference shows spaces.
  out.result(result, () => [
    ...planLines(plan, { overwrite }, out),
    ...plan.warnings.flatMap((text) => out.paragraph(`${out.colors.warning('warning')} ${printable(text)}`)),
    ...faultLines(plan.faults, out),
  ]);
  for (const line of outcome(plan, result)) out.note(line);
  if (plan.faults.length > 0) ports.setExitCode(EXIT.no);
}

async function planOrFaults(
  directory: string,
  wanted: { readonly files: readonly string[]; readonly overwrite: boolean },
  ports: CommandPorts,
): Promise<Plan | Pick<Plan, 'faults'>> {
  try {
    return await planMigration({
      ...wanted,
      directory,
      shippedDirectory: join(PACKAGE_ROOT, 'config'),
      providerTypes: await ports.providerTypes(),
      environment: ports.variables,
    });
  } catch (error) {
    if (error instanceof ConfigFaults) return { faults: error.faults };
    throw error;
  }
}

interface Reply {
  readonly written: boolean;
  readonly changed: boolean;
  readonly file: string;
  readonly backup: string | null;
}

/** The plan as JSON: paths are texts. */
function replyOf(
  plan: Plan,
  done: {
    readonly isChanged: boolean;
    readonly isWritten: boolean;
    readonly backup: string | null;
    readonly overwrite: boolean;
  },
): Reply {
  const { file, sources, replaced, conflicts, diff, faults, warnings } = plan;
  return {
    written: done.isWritten,
    changed: done.isChanged,
    file,
    backup: done.backup,
    ...{
      files: sources.map((source) => ({
        file: source.file,
        shape: source.shape,
        advice: source.advice,
        taken: source.conversion.taken.map(({ from, to, note }) => ({
          from,
          to: to === null ? null : formatPath(to),
          note,
        })),
        left: source.conversion.left,
        keys: source.conversion.keys,
      })),
      replaced,
      conflicts: conflicts.map(({ path, existing, value, from }) => ({
        path: formatPath(path),
        existing: existing ?? null,
        older: value,
        from,
        kept: done.overwrite ? 'older' : 'existing',
      })),
      faults,
      warnings,
      diff: diff.map(({ mark, text }) => `${mark} ${text}`),
    },
  };
}

function faultLines(faults: readonly ConfigFault[], out: Output): string[] {
  return faults.flatMap(({ file, path, message }) =>
    out.paragraph(
      `${out.colors.bad('fault')} ${printable([file, path, message].filter(Boolean).join(': '))}`,
    ),
  );
}

/** What was done, and the next step. */
function outcome(plan: Plan, { written, changed, file, backup }: Reply): string[] {
  const { faults, conflicts, sources } = plan;
  if (faults.length > 0) return ['the gateway would refuse the result, so nothing was written'];
  if (!changed) {
    if (conflicts.length > 0)
      return ['nothing to write besides the conflicts, where the file keeps its values'];
    const isEmpty = sources.every(({ conversion }) => Object.keys(conversion.values).length === 0);
    return [isEmpty ? 'nothing to write' : 'nothing to write: the configuration has all of it already'];
  }
  if (!written) return ['nothing was written; write it with --write'];
  const hasKeys = sources.some(({ conversion }) => conversion.keys.length > 0);
  return [
    `wrote ${file}${backup === null ? '' : `; the file before is ${backup}`}`,
    ...(hasKeys ? ['the older files still contain keys: remove them there once they are stored'] : []),
    'a running gateway of this directory reloads it by itself; see it with: laneway lanes',
  ];
}
