import { addressKey } from '../environment/draft.ts';
import type { Path } from '../faults.ts';
import { isList, isObject, valueAt, type Json, type JsonObject } from '../files/json.ts';
import { readBaseUrl } from '../validate/base-url.ts';
import { shownPath, type ConversionDraft } from './conversion.ts';
import { freeVariable, keyReference, literalKey, variableReference } from './key-reference.ts';
import { plain, type Known } from './known.ts';

/** Names that older files have for the address of a provider, and for its key. */
const ADDRESS_KEYS = ['api_endpoint', 'base_url', 'endpoint', 'api_base', 'url'];
const KEY_KEYS = ['api_key', 'key', 'token'];
const VARIABLE_KEYS = ['api_key_env', 'api_key_var', 'env_key'];

/** `cloud_providers`: each becomes a provider, unless one with its address is configured. */
export function convertCloudProviders(providers: JsonObject, known: Known, draft: ConversionDraft): void {
  for (const [name, provider] of Object.entries(providers)) {
    const from = ['cloud_providers', name];
    if (isObject(provider)) convertProvider(name, provider, known, draft);
    else draft.leave(from, 'must be an object');
  }
}

/** The models that `cloud_providers` lists, by provider. A list has only names. */
export function providerModels(
  providers: JsonObject,
  draft: ConversionDraft,
): { readonly from: Path; readonly name: string; readonly models: JsonObject }[] {
  return Object.entries(providers).flatMap(([name, provider]) => {
    const models = valueAt(provider, ['models']);
    const from = ['cloud_providers', name, 'models'];
    if (isObject(models)) return [{ from, name, models }];
    if (!isList(models)) {
      if (models !== undefined) draft.leave(from, 'must be an object, or a list of names');
      return [];
    }
    const names = models.filter((each) => typeof each === 'string');
    for (const [index, each] of models.entries()) {
      if (typeof each !== 'string') draft.leave([...from, index], 'is not the name of a model');
    }
    return [{ from, name, models: Object.fromEntries(names.map((each) => [each, {}])) }];
  });
}

function convertProvider(name: string, written: JsonObject, known: Known, draft: ConversionDraft): void {
  const from = ['cloud_providers', name];
  const existing = known.providerNamed(name);
  const id = existing ?? name.toLowerCase().replaceAll(/[^a-z0-9_.-]+/g, '_');
  const to = ['providers', id];
  if (!PROVIDER_ID.test(id)) {
    draft.leave(from, 'is not a name for a provider: write lower-case letters, digits and "_", ".", "-"');
    return;
  }
  if (valueAt(draft.values, to) !== undefined) {
    draft.leave(from, `is provider "${id}", which the file has already`);
    return;
  }
  reportSpare(from, written, draft);
  const rest = Object.entries(written).filter(([key]) => !CONSUMED.includes(key));
  const address = readAddress(from, written, { existing, name }, known, draft);
  if (address === 'unusable') return;
  if (
    existing !== null &&
    typeof written['type'] === 'string' &&
    plain(written['type']) !== plain(address.type)
  )
    draft.leave([...from, 'type'], `provider "${id}" is configured as ${address.type}`);
  if (existing === null) draft.set([...to, 'type'], address.type);
  if (address.isNew && address.url !== null) draft.set([...to, 'base_url'], address.url);
  const hasKey = setKey({ from, id, written, isNew: address.isNew }, known, draft);
  for (const [key, value] of rest) draft.set([...to, key], value);
  if (valueAt(draft.values, to) === undefined) {
    draft.take(from, null, `provider "${id}" is configured already`);
    return;
  }
  const hadKey = valueAt(known.below, [...to, 'api_key']) !== undefined;
  const moved = address.isNew && hadKey && !hasKey;
  draft.take(from, to, moved ? 'without a key: the configured one is for another address' : '');
}

/** As for providers that calls add. */
const PROVIDER_ID = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

/** Reports further settings for the same thing: the first one counts. */
function reportSpare(from: Path, written: JsonObject, draft: ConversionDraft): void {
  for (const group of [ADDRESS_KEYS, [...VARIABLE_KEYS, ...KEY_KEYS]]) {
    const [first, ...others] = group.filter((key) => Object.hasOwn(written, key));
    for (const key of others) draft.leave([...from, key], `ignored, because "${first ?? ''}" is set`);
  }
}

const CONSUMED = ['models', 'type', ...ADDRESS_KEYS, ...KEY_KEYS, ...VARIABLE_KEYS];

interface Address {
  readonly type: string;
  /** null: that of the type. */
  readonly url: string | null;
  /** No configured provider of this id has it. */
  readonly isNew: boolean;
}

function readAddress(
  from: Path,
  written: JsonObject,
  { existing, name }: { readonly existing: string | null; readonly name: string },
  known: Known,
  draft: ConversionDraft,
): Address | 'unusable' {
  const key = ADDRESS_KEYS.find((each) => Object.hasOwn(written, each));
  const text = key === undefined ? null : (written[key] ?? null);
  const at = [...from, key ?? ''];
  const info = typeFor(name, existing, written, text, known);
  if (info === undefined) {
    if (written['type'] === undefined) draft.leave(from, 'has no address; write "api_endpoint"');
    else draft.leave([...from, 'type'], `must be one of ${known.types.map(({ type }) => type).join(', ')}`);
    return 'unusable';
  }
  if (text === null) {
    if (existing !== null || info.defaultBaseUrl !== null)
      return { type: info.type, url: null, isNew: existing === null };
    draft.leave(from, 'has no address; write "api_endpoint"');
    return 'unusable';
  }
  const url = typeof text === 'string' ? readBaseUrl(text, info) : { fault: 'must be a URL' };
  const fault = 'fault' in url ? url.fault : hostFault(url);
  if ('fault' in url || fault !== null) {
    draft.leave(at, fault ?? '');
    return 'unusable';
  }
  const configured = existing === null ? null : known.addressOf(existing);
  const isSame = configured !== null && addressKey(configured) === addressKey(url.url);
  return { type: info.type, url: url.url, isNew: !isSame };
}

function hostFault({ scheme, host }: { readonly scheme: string; readonly host: string }): string | null {
  const isNear = host === 'loopback' || host === 'private';
  return scheme === 'http' && !isNear
    ? 'is http: to a host that is not known to be local; if it is your own server, add the provider with "local": true'
    : null;
}

/** The type that a provider has, else the one that it names, has as its id, or whose address it has. */
function typeFor(
  name: string,
  existing: string | null,
  { type: written }: JsonObject,
  url: Json,
  { types, below }: Known,
): (typeof types)[number] | undefined {
  const find = (word: Json | undefined): (typeof types)[number] | undefined =>
    typeof word === 'string' ? types.find(({ type }) => plain(type) === plain(word)) : undefined;
  if (existing !== null) return find(valueAt(below, ['providers', existing, 'type']));
  const general = find('openai_compatible');
  if (written !== undefined) return written === 'custom' ? general : find(written);
  const host = typeof url === 'string' ? URL.parse(url)?.host : undefined;
  const byHost = types.find(
    ({ defaultBaseUrl }) => defaultBaseUrl !== null && URL.parse(defaultBaseUrl)?.host === host,
  );
  return byHost ?? find(name) ?? (url === null ? undefined : general);
}

interface KeyPlace {
  readonly from: Path;
  readonly id: string;
  readonly written: JsonObject;
  readonly isNew: boolean;
}

/** Sets the reference to the key; false when the older file has none. */
function setKey({ from, id, written, isNew }: KeyPlace, known: Known, draft: ConversionDraft): boolean {
  const path = ['providers', id, 'api_key'];
  const configured = isNew ? undefined : valueAt(known.below, path);
  const set = (reference: string): true => {
    if (reference !== configured) draft.set(path, reference);
    return true;
  };
  const variable = VARIABLE_KEYS.find((key) => Object.hasOwn(written, key));
  if (variable !== undefined) {
    const name = written[variable];
    const reference = typeof name === 'string' ? variableReference(name) : null;
    if (reference !== null) return set(reference);
    draft.leave([...from, variable], 'is not the name of a variable');
    return false;
  }
  const key = KEY_KEYS.find((each) => Object.hasOwn(written, each));
  const text = key === undefined ? '' : written[key];
  if (typeof text !== 'string') draft.leave([...from, key ?? ''], 'is not a text');
  if (typeof text !== 'string' || text.trim() === '') return false;
  const { reference, isLiteral } = keyReference(text, freeVariable(id, known));
  const kept = isLiteral && typeof configured === 'string' ? configured : reference;
  if (isLiteral) draft.keys.push(literalKey(shownPath([...from, key ?? '']), kept, id));
  return set(kept);
}
