import { splitAdvice } from '../advice.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { DoctorContext } from '../context.ts';
import { isAboutFile } from './files.ts';
import { isAboutVariable } from './variables.ts';

/** Would a start accept the files and variables? */
export const configurationCheck: Check = {
  name: 'configuration',
  run: ({ files, gateway }) => (files === null ? [] : findings(files, gateway !== null)),
};

/** Nobody fixes more at once. */
const MAX_SHOWN = 10;

function findings(
  { validation, environmentFaults }: NonNullable<DoctorContext['files']>,
  isRunning: boolean,
): Finding[] {
  const faults = [...environmentFaults, ...(validation?.faults ?? [])];
  const fix = isRunning
    ? 'correct it: until then the gateway keeps its earlier configuration, and refuses a restart'
    : 'correct it: until then the gateway refuses to start (laneway config validate checks again)';
  const shown = faults
    .slice(0, MAX_SHOWN)
    .map(({ file, path, message }) =>
      fault('configuration', [file, path, message].filter(Boolean).join(': '), fix),
    );
  const directory = validation?.directory ?? '';
  const warnings = (validation?.warnings ?? [])
    .filter((line) => !isAboutVariable(line) && !isAboutFile(line, directory))
    .map(warningOf);
  if (faults.length > 0) return [...shown, ...warnings];
  return warnings.length > 0 ? warnings : [ok(`the files of ${directory} and the variables are valid`)];
}

function warningOf(line: string): Finding {
  const { found, fix } = splitAdvice(line);
  return warning('configuration', found, fix ?? 'correct or remove this entry');
}
