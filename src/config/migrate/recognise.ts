import { basename } from 'node:path';
import { isObject, type Json, type JsonObject } from '../files/json.ts';
import { knownKeys } from '../schema/shape.ts';
import type { Known } from './known.ts';
import { ROLE_SECTIONS } from './role-file.ts';

/** How the text of a file is read. */
export type Format = 'json' | 'yaml' | 'env';

/** The format of a file by its name, else by its text. */
export function formatOf(file: string, text: string): Format {
  const name = basename(file).toLowerCase();
  if (/\.env$|^\.env\b|\benv$/.test(name)) return 'env';
  if (name.endsWith('.json')) return 'json';
  if (/\.ya?ml$/.test(name)) return 'yaml';
  if (/^\s*[{[]/.test(text)) return 'json';
  return /^\s*(?:export\s+)?[A-Za-z_]\w*\s*=/m.test(text) ? 'env' : 'yaml';
}

/** What a file is: `unknown` comes with what is wrong. */
export type Shape =
  | { readonly kind: 'roles'; readonly content: JsonObject }
  | { readonly kind: 'keys' }
  | { readonly kind: 'unknown'; readonly fault: string };

/** Recognises the shape of a JSON or YAML file. The fault contains no value of the file. */
export function shapeOf(file: string, content: Json, providers: Known): Shape {
  if (!isObject(content)) return { kind: 'unknown', fault: 'must contain one object' };
  if (ROLE_SECTIONS.some((section) => Object.hasOwn(content, section))) return { kind: 'roles', content };
  if (isKeyFile(file, content, providers)) return { kind: 'keys' };
  const keys = Object.keys(content);
  if (Object.hasOwn(content, 'laneway_profile')) {
    return { kind: 'unknown', fault: 'is a profile of Laneway; use: laneway profiles import' };
  }
  const known = knownKeys([]).keys;
  if (keys.some((key) => known.includes(key))) {
    return {
      kind: 'unknown',
      fault: `is a configuration of Laneway already (${keys.filter((key) => known.includes(key)).join(', ')})`,
    };
  }
  return {
    kind: 'unknown',
    fault: `has no known older shape; it needs one of ${ROLE_SECTIONS.join(', ')}, or is a .env`,
  };
}

/** `api_keys.json`: the keys of providers. By its name, or because it has a text for each of several providers. */
function isKeyFile(file: string, content: JsonObject, providers: Known): boolean {
  if (/^api[-_]?keys\b/i.test(basename(file))) return true;
  const isPlain = Object.values(content).every((value) => typeof value === 'string');
  return isPlain && Object.keys(content).some((name) => providers.providerNamed(name) !== null);
}
