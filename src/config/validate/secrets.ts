import type { Path } from '../faults.ts';
import { isObject, objectAt, type JsonObject } from '../files/json.ts';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Headers that carry a credential, as far as their names tell. */
const SECRET_HEADER = /authorization|cookie|token|secret|password|key$/i;
/** Headers that belong to the connection or that Laneway writes itself. */
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
 * Finds keys written into one layer, and headers that cannot be sent. Every layer is looked at by itself: a key in a
 * file is a fault even where a stronger layer hides it. No message holds a value.
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
  if (!HEADER_NAME.test(name)) return 'is no name of a header';
  if (OWN_HEADERS.has(name.toLowerCase())) return 'Laneway writes this header itself';
  if (value.startsWith('env:') || SECRET_HEADER.test(name)) {
    return referenceFault(value, `${variableFor(providerId)}_${variableFor(name)}`, false);
  }
  return HEADER_VALUE.test(value) ? null : 'must be ASCII text without line breaks';
}

/** `env:NAME`, or `secret:NAME` where that is allowed; everything else is taken for the key itself. */
function referenceFault(value: string, variable: string, secretAllowed: boolean): string | null {
  const advice = `put the key into the environment or .env and write "env:${variable}"`;
  const scheme = value.slice(0, value.indexOf(':') + 1);
  if (scheme !== 'env:' && !(secretAllowed && scheme === 'secret:'))
    return `a key must not stand in a file: ${advice}`;
  if (VARIABLE.test(value.slice(scheme.length))) return null;
  return `behind "${scheme}" stands a name of letters, digits and _, never the key itself: ${advice}`;
}

function variableFor(text: string): string {
  return text
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_');
}
