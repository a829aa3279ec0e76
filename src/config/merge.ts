import { formatPath } from './faults.ts';
import { isObject, objectAt, withoutNulls, type Json, type JsonObject } from './files/json.ts';
import type { Layer } from './layers.ts';
import { variableCase } from './environment/variables.ts';

/** Merged layers, with warnings. */
export interface Merged {
  readonly values: JsonObject;
  readonly warnings: readonly string[];
  /** Providers that a layer removed by null and none added again; references to them are ignored. */
  readonly removedProviders: ReadonlySet<string>;
}

/**
 * Merges layers, weakest first: objects merge by key, lists replace, null removes. `model` and `lane` of a node replace
 * each other, and an API key is dropped when a stronger layer moves its provider to another origin.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const warnings: string[] = [];
  let values: JsonObject = {};
  for (const layer of layers) {
    values = merge(values, layer.values, [], (id) =>
      warnings.push(keyDropped(layer, id, addressOf(values, id))),
    );
  }
  return { values, warnings, removedProviders: removedProviders(layers, values) };
}

/** `before` is the address in the weaker layers. */
function keyDropped({ file, values, variables }: Layer, id: string, before: Json | undefined): string {
  const isSame = before !== undefined && before === addressOf(values, id);
  const effect = isSame ? 'sets the same address again' : 'changes the address';
  const path = `providers.${id}`;
  const variable = variables?.get(formatPath(['providers', id, 'base_url']));
  if (variable === undefined) {
    return (
      `${file}: ${path}: ${effect}, so API keys from files with lower precedence are not sent to it; ` +
      'if the server needs a key, set api_key here too'
    );
  }
  return (
    `${file}: ${variable}: ${effect} of provider "${id}", so API keys from the configuration files are not sent to it; ` +
    `if the server needs a key, set LANEWAY_PROVIDER_${variableCase(id)}_KEY too`
  );
}

function addressOf(values: JsonObject, id: string): Json | undefined {
  return objectAt(objectAt(values, 'providers'), id).base_url;
}

type OnKeyDropped = (providerId: string) => void;

function merge(
  below: JsonObject,
  above: JsonObject,
  path: readonly string[],
  onKeyDropped: OnKeyDropped,
): JsonObject {
  const merged = new Map<string, Json>(Object.entries(withoutReplaced(below, above, path, onKeyDropped)));
  for (const [key, value] of Object.entries(above)) {
    const under = merged.get(key);
    if (value === null) merged.delete(key);
    else if (!isObject(value)) merged.set(key, value);
    else if (isObject(under)) merged.set(key, merge(under, value, [...path, key], onKeyDropped));
    else merged.set(key, withoutNulls(value));
  }
  return Object.fromEntries(merged);
}

/** The weaker side without the keys that the stronger one replaces under another name or invalidates. */
function withoutReplaced(
  below: JsonObject,
  above: JsonObject,
  path: readonly string[],
  onKeyDropped: OnKeyDropped,
): JsonObject {
  const [section, id, ...deeper] = path;
  if (id === undefined || deeper.length > 0) return below;
  if (section === 'nodes') {
    if (isSet(above, 'model') && !isSet(above, 'lane')) return without(below, ['lane']);
    if (isSet(above, 'lane') && !isSet(above, 'model')) return without(below, ['model']);
  }
  if (section === 'providers' && changesOrigin(below, above)) {
    const secretHeaders = Object.entries(objectAt(below, 'headers')).filter(([, value]) =>
      isReference(value),
    );
    if ((isSet(below, 'api_key') && !Object.hasOwn(above, 'api_key')) || secretHeaders.length > 0)
      onKeyDropped(id);
    return withoutSecrets(
      below,
      secretHeaders.map(([name]) => name),
    );
  }
  return below;
}

/**
 * Whether a stronger entry of a provider gives it another address. Setting one counts even if it is equal; so does a new
 * type where the type determines the address.
 */
export function changesOrigin(below: JsonObject, above: JsonObject): boolean {
  if (Object.hasOwn(above, 'base_url')) return true;
  return isSet(above, 'type') && above.type !== below.type && !isSet(below, 'base_url');
}

function withoutSecrets(provider: JsonObject, secretHeaders: readonly string[]): JsonObject {
  const left = without(provider, ['api_key']);
  if (secretHeaders.length === 0) return left;
  return { ...left, headers: without(objectAt(left, 'headers'), secretHeaders) };
}

function isReference(value: Json): boolean {
  return typeof value === 'string' && value.startsWith('env:');
}

function isSet(object: JsonObject, key: string): boolean {
  return Object.hasOwn(object, key) && object[key] !== null;
}

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function removedProviders(layers: readonly Layer[], merged: JsonObject): ReadonlySet<string> {
  const left = objectAt(merged, 'providers');
  const named = layers.flatMap(({ values }) => Object.entries(objectAt(values, 'providers')));
  return new Set(named.flatMap(([id, value]) => (value === null && !Object.hasOwn(left, id) ? [id] : [])));
}
