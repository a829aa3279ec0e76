import { dotEnvText } from '../../dot-env.ts';
import { dotEnvWarnings, namedVariables, resembled, type ExpectedKeys } from '../../dot-env-warnings.ts';
import { splitAdvice } from '../advice.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { DoctorContext } from '../context.ts';

/** Are variables misspelt, in the environment or in `.env`? */
export const variablesCheck: Check = {
  name: 'variables',
  run: ({ files, variables }) => {
    const { validation = null, dotEnvFile = '' } = files ?? {};
    const config = validation?.config ?? null;
    if (validation === null || config === null) return [];
    const isSet = (name: string): boolean => (variables[name] ?? '') !== '';
    const keys = { named: namedVariables(config), isSet };
    const inFile = dotEnvWarnings(dotEnvText(dotEnvFile), keys);
    const found = [
      ...validation.warnings.filter(isAboutVariable).map((line) => line.replace(/^environment: /, '')),
      ...inFile.map((line) => line.replace(/^\.env/, dotEnvFile)),
      ...inEnvironment(variables, keys, inFile),
    ].map(findingOf);
    return found.length > 0 ? found : [ok(summary(keys))];
  },
};

/** Whether a warning of the configuration is about a variable. */
export function isAboutVariable(line: string): boolean {
  return line.startsWith('environment: ');
}

/** Keys in the environment under a name that no provider uses; those of `.env` have been reported with their line. */
function inEnvironment(
  variables: DoctorContext['variables'],
  keys: ExpectedKeys,
  reported: readonly string[],
): string[] {
  return Object.keys(variables).flatMap((name) => {
    const near = keys.isSet(name) ? resembled(name, keys) : null;
    if (near === null || reported.some((line) => line.includes(` ${name};`))) return [];
    return [`no provider uses ${name}; did you mean ${near}?`];
  });
}

/** Only what resembles a known name was surely meant as it. */
function findingOf(line: string): Finding {
  const { found, fix } = splitAdvice(line);
  if (fix === null) {
    const needed = /because it needs (\w+)$/.exec(found)?.[1];
    const usual = found.includes('unknown') ? 'correct its name' : 'correct it';
    const advice = needed === undefined ? usual : `set LANEWAY_${needed}`;
    return warning('variable_without_effect', found, `${advice}, or remove it`);
  }
  return fault('variable_misspelt', found, fix);
}

function summary({ named, isSet }: ExpectedKeys): string {
  const set = [...new Set(named.filter(isSet))];
  return set.length === 0 ? 'no variable is misspelt' : `no variable is misspelt; keys: ${set.join(', ')}`;
}
