import { isObject, objectAt, withoutNulls, type JsonObject } from '../files/json.ts';
import { mergeLayers } from '../merge.ts';
import { knownKeys } from '../schema/shape.ts';
import { unknownKeyMessage } from '../schema/key-advice.ts';
import { convertCloudProviders, providerModels } from './cloud-providers.ts';
import { ConversionDraft, type Conversion } from './conversion.ts';
import type { Known } from './known.ts';
import { convertModelProfiles, convertProviderModels } from './model-profiles.ts';
import { convertRoles } from './roles.ts';
import { settle } from './settle.ts';

/** The sections of an older role file. */
export const ROLE_SECTIONS = ['role_mappings', 'model_profiles', 'cloud_providers'] as const;

/**
 * Converts an older role file: roles become lanes, profiles of models become entries of models, clouds become providers.
 * Sections that today's files have, too, are taken over as they are.
 */
export function convertRoleFile(content: JsonObject, known: Known): Conversion {
  const draft = new ConversionDraft();
  const file = withoutNulls(content);
  const sections = Object.fromEntries(ROLE_SECTIONS.map((section) => [section, objectAt(file, section)]));
  for (const section of ROLE_SECTIONS) {
    if (Object.hasOwn(file, section) && !isObject(file[section])) draft.leave([section], 'must be an object');
  }
  const { role_mappings: roles = {}, model_profiles: profiles = {}, cloud_providers: clouds = {} } = sections;
  takeOwnSections(file, draft);
  convertCloudProviders(clouds, known, draft);
  const withClouds = known.over(over(known.below, draft.values));
  for (const { from, name, models } of providerModels(clouds, draft)) {
    const provider = withClouds.providerNamed(name);
    if (provider !== null) convertProviderModels({ models, from, provider }, withClouds, draft);
    else if (Object.keys(models).length > 0) draft.leave(from, 'its provider was not taken over');
  }
  convertModelProfiles(profiles, withClouds, draft);
  convertRoles(
    roles,
    withClouds.over(over(withClouds.below, { models: objectAt(draft.values, 'models') })),
    draft,
  );
  return settle(draft);
}

/** Sections that are the same today, and what is at the top besides. */
function takeOwnSections(file: JsonObject, draft: ConversionDraft): void {
  const known = knownKeys([]);
  for (const [key, value] of Object.entries(file)) {
    if (ROLE_SECTIONS.some((section) => section === key) || key === '$schema') continue;
    if (!known.keys.includes(key)) {
      draft.leave([key], unknownKeyMessage([], key, known));
      continue;
    }
    draft.set([key], value);
    draft.take([key], [key]);
  }
}

/** One object laid over another, as layers are. */
function over(below: JsonObject, above: JsonObject): JsonObject {
  return mergeLayers([
    { file: '', shipped: false, values: below },
    { file: '', shipped: false, values: above },
  ]).values;
}
