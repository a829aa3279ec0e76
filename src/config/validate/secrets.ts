import type { Path } from '../faults.ts';
import { isObject, objectAt, type JsonObject } from '../files/json.ts';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** `provider:ID` is the name of a key that a call has stored with its provider. */
const SECRET = /^(?:provider:[a-z0-9][a-z0-9_.-]{0,63}|[A-Za-z_][A-Za-z0-9_]*)$/;
/** Names of headers that probably carry a credential. */
const SECRET_HEADER = /authorization|cookie|token|secret|password|key$/i;
/** Headers of the connection and headers that Laneway sets itself. */
const OWN_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-laneway-hop',
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * Reports keys written into a layer, and invalid headers. Each layer is checked by itself: a key in a file is a fault
 * even where a stronger layer overrides it. Messages never contain the value.
 */
export function findSecretFaults(values: JsonObject, report: (path: Path, message: string) => void): void {
  for (const [id, provider] of Object.entries(objectAt(values, 'providers'))) {
    if (!isObject(provider)) continue;
    const path = ['providers', id];
    const key = provider.api_key;
    if (typeof key === 'string') {
      const fault = referenceFault(key, `${variableFor(id)}_API_KEY`, true);
      if (fault !== null) report([...path, 'api_key'], fault);
    }
    for (const [name, value] of Object.entries(objectAt(provider, 'headers'))) {
      const fault = typeof value === 'string' ? headerFault(id, name, value) : null;
      if (fault !== null) report([...path, 'headers', name], fault);
    }
  }
}

function headerFault(providerId: string, name: string, value: string): string | null {
  if (!HEADER_NAME.test(name)) return 'not a valid header name';
  if (OWN_HEADERS.has(name.toLowerCase())) return 'Laneway sets this header itself';
  if (value.startsWith('env:') || SECRET_HEADER.test(name)) {
    const scheme = /^(bearer|basic)\s+/i.exec(value);
    if (scheme !== null) return schemeFault(providerId, name, value.slice(scheme[0].length), scheme[1] ?? '');
    const isReference = value.startsWith('env:') && VARIABLE.test(value.slice('env:'.length));
    if (name.toLowerCase() === 'authorization' && !isReference) return keySettingFault(providerId, value);
    return referenceFault(value, `${variableFor(providerId)}_${variableFor(name)}`, false);
  }
  return HEADER_VALUE.test(value) ? null : 'must be ASCII text without line breaks';
}

/** A variable replaces the whole value of a header, so that the word before the key would be lost. */
function schemeFault(providerId: string, name: string, key: string, scheme: string): string {
  if (name.toLowerCase() === 'authorization' && scheme.toLowerCase() === 'bearer')
    return keySettingFault(providerId, key);
  const variable = `${variableFor(providerId)}_${variableFor(name)}`;
  return `keys must not be stored in files; put the whole value, "${scheme}" included, into the environment or .env and write "env:${variable}"`;
}

/** `api_key` is sent in the header and the form that the provider's type needs, usually `Authorization: Bearer …`. */
function keySettingFault(providerId: string, key: string): string {
  const variable = namedVariable(key) ?? `${variableFor(providerId)}_API_KEY`;
  return `keys must not be stored in files; put the key into the environment or .env, without "Bearer", and write "api_key": "env:${variable}" in place of this header`;
}

/** Accepts `env:NAME`, and `secret:NAME` where allowed; everything else is treated as the key itself. */
function referenceFault(value: string, variable: string, secretAllowed: boolean): string | null {
  const suggestion = `put the key into the environment or .env and write "env:${namedVariable(value) ?? variable}"`;
  const scheme = value.slice(0, value.indexOf(':') + 1);
  if (scheme !== 'env:' && !(secretAllowed && scheme === 'secret:'))
    return `keys must not be stored in files; ${suggestion}`;
  const name = value.slice(scheme.length);
  if ((scheme === 'env:' ? VARIABLE : SECRET).test(name)) return null;
  return `"${scheme}" must be followed by a name (letters, digits and _), not by the key itself; ${suggestion}`;
}

/** The variable of a value that is a variable's name instead of a key: `${OPENAI_API_KEY}`, `env: OPENAI_API_KEY`. */
export function namedVariable(value: string): string | null {
  return (
    /^(?:[Ee][Nn][Vv][:=]\s*)?\$?\{?(?:env:)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN))\}?$/.exec(
      value,
    )?.[1] ?? null
  );
}

/** An id as the beginning of a variable's name. */
export function variableFor(text: string): string {
  return text
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
}
