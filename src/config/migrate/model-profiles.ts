import type { Path } from '../faults.ts';
import { isObject, valueAt, type JsonObject } from '../files/json.ts';
import { knownKeys } from '../schema/shape.ts';
import { canonicalName } from '../schema/synonyms.ts';
import { shownText, type ConversionDraft } from './conversion.ts';
import type { Known } from './known.ts';
import { findModel } from './model-name.ts';
import { todaysNames } from './requirements.ts';

/** `model_profiles`: each profile becomes the entry of its model. */
export function convertModelProfiles(profiles: JsonObject, known: Known, draft: ConversionDraft): void {
  for (const [name, profile] of Object.entries(profiles)) {
    const from = ['model_profiles', name];
    if (!isObject(profile)) {
      draft.leave(from, 'must be an object');
      continue;
    }
    const { provider, ...values } = profile;
    const prefixed = typeof provider === 'string' ? `${provider}:${name}` : name;
    const isNamed = typeof provider === 'string' && known.providerNamed(provider) !== null;
    const found = findModel(prefixed, isNamed ? 'cloud' : 'local', known);
    if (typeof provider === 'string' && !isNamed) {
      draft.leave(
        from,
        `no provider ${shownText(provider)} is configured; add it under providers in user_models.json`,
      );
    } else if ('fault' in found) draft.leave(from, found.fault);
    else convertModel(values, { from, id: found.id }, draft);
  }
}

/** One description of a model, whose full id is known. */
export function convertModel(
  profile: JsonObject,
  { from, id }: { readonly from: Path; readonly id: string },
  draft: ConversionDraft,
): void {
  const to = ['models', id];
  const earlier = valueAt(draft.values, to);
  if (isObject(earlier) && Object.keys(earlier).length > 0) {
    draft.leave(from, `model "${id}" is described twice; this description is ignored`);
    return;
  }
  const { capabilities: written = {}, ...rest } = profile;
  const entries = Object.entries(rest);
  const [own, beside] = split(entries, ([key]) => !isCapability(key));
  draft.set(to, {});
  for (const [key, value] of own) draft.set([...to, key], value);
  const all =
    beside.length > 0 && isObject(written) ? { ...Object.fromEntries(beside), ...written } : written;
  const capabilities = todaysNames(all, [...from, 'capabilities'], draft);
  if (!isObject(capabilities) || Object.keys(capabilities).length > 0) {
    draft.set([...to, 'capabilities'], capabilities);
  }
  draft.take(from, to);
}

/** Some older files have no block of capabilities. */
function isCapability(key: string): boolean {
  const { keys } = knownKeys(['models', '*', 'capabilities']);
  return keys.includes(canonicalName(key)) && !knownKeys(['models', '*']).keys.includes(key);
}

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** The models of a provider of the clouds, as an object by name or a list of names. */
export function convertProviderModels(
  { models, from, provider }: { readonly models: JsonObject; readonly from: Path; readonly provider: string },
  known: Known,
  draft: ConversionDraft,
): void {
  for (const [name, profile] of Object.entries(models)) {
    const at = [...from, name];
    const found = findModel(`${provider}/${name}`, 'cloud', known);
    if ('fault' in found) draft.leave(at, found.fault);
    else if (!isObject(profile)) draft.leave(at, 'must be an object');
    else if (Object.keys(profile).length === 0 && valueAt(known.below, ['models', found.id]) !== undefined)
      draft.take(at, null, `model "${found.id}" is configured already`);
    else convertModel(profile, { from: at, id: found.id }, draft);
  }
}
