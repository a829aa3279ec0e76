import { quote } from '../faults.ts';
import type { ProviderConfig } from '../config.ts';

/**
 * One line for each header of an enabled provider that is not sent, because the variable that it names is unset or
 * empty, and for an `authorization` without a scheme (RFC 9110, 11.4), which servers refuse. The provider is called
 * nevertheless: a header need not carry its key.
 */
export function unsetHeaderWarnings(
  providers: Readonly<Record<string, Pick<ProviderConfig, 'enabled' | 'headers'>>>,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.entries(providers).flatMap(([id, { enabled, headers }]) =>
    Object.entries(enabled ? headers : {}).flatMap(([name, value]) => {
      const variable = value.startsWith('env:') ? value.slice('env:'.length) : null;
      if (variable === null) return [];
      const text = environment[variable] ?? '';
      if (text !== '')
        return name.toLowerCase() === 'authorization' && !/\S\s+\S/.test(text)
          ? [noScheme(id, variable)]
          : [];
      return [`providers.${id}.headers: ${quote(name)} is not sent, because ${variable} is not set`];
    }),
  );
}

/**
 * One line for each enabled provider whose key, in the environment, begins with `Bearer`: the word is added when the key
 * is sent. Never contains the value.
 */
export function schemeInKeyWarnings(
  providers: Readonly<Record<string, Pick<ProviderConfig, 'enabled' | 'api_key'>>>,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.entries(providers).flatMap(([id, { enabled, api_key: key }]) => {
    const variable = enabled && key?.startsWith('env:') === true ? key.slice('env:'.length) : null;
    if (variable === null || !/^\s*bearer\s/i.test(environment[variable] ?? '')) return [];
    return [
      `providers.${id}.api_key: the value of ${variable} begins with "Bearer ", which is added when the key is sent; remove it from the value`,
    ];
  });
}

function noScheme(providerId: string, variable: string): string {
  return (
    `providers.${providerId}.headers: "authorization" is sent without a scheme, because ${variable} is one word; ` +
    `write "api_key": "env:${variable}" instead, or put "Bearer " before the key`
  );
}
