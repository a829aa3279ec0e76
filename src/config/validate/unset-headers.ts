import { quote } from '../faults.ts';
import type { ProviderConfig } from '../config.ts';

/**
 * One line for each header of an enabled provider that is not sent, because the variable that it names is unset or
 * empty. The provider is called nevertheless: a header need not carry its key.
 */
export function unsetHeaderWarnings(
  providers: Readonly<Record<string, Pick<ProviderConfig, 'enabled' | 'headers'>>>,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.entries(providers).flatMap(([id, { enabled, headers }]) =>
    Object.entries(enabled ? headers : {}).flatMap(([name, value]) => {
      const variable = value.startsWith('env:') ? value.slice('env:'.length) : null;
      if (variable === null || (environment[variable] ?? '') !== '') return [];
      return [`providers.${id}.headers: ${quote(name)} is not sent, because ${variable} is not set`];
    }),
  );
}
