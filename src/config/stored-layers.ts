import { isObject, objectAt, type JsonObject } from './files/json.ts';
import type { Findings, Layer, LayerDirectories } from './layers.ts';
import { changesOrigin, mergeLayers } from './merge.ts';
import { profileLayer, type Profile } from './profiles/profile.ts';
import { findProfile } from './profiles/profile-files.ts';

/** What calls have set of the configuration. */
export interface StoredLayers {
  /** The name of the active profile; null: none. */
  readonly profile: string | null;
  /** Entries of providers by id, with the keys of a file; each is laid over the entry of the files. */
  readonly providers: Readonly<Record<string, JsonObject>>;
  /** Content of the active profile that is not in its file yet: it is checked first. Absent: the file's. */
  readonly draft?: ProfileDraft;
}

/** A profile that is about to be written to a file. */
export interface ProfileDraft {
  readonly profile: Profile;
  readonly file: string;
}

/** The name of the layer with the providers of the database, as faults and explanations show it. */
export const STORED_LAYER = 'database';

/** No call has changed the configuration. */
export const NOTHING_STORED: StoredLayers = { profile: null, providers: {} };

/**
 * The layers between the files and the environment, weakest first: the active profile, then the providers of the
 * database. A profile whose file is missing has no effect, with a warning; one that is invalid adds its faults.
 */
export async function readStoredLayers(
  { profile: name, providers, draft }: StoredLayers,
  directories: LayerDirectories,
  { faults, warnings }: Findings,
): Promise<Layer[]> {
  const layers: Layer[] = [];
  if (draft !== undefined) layers.push(profileLayer(draft.profile, draft.file));
  else if (name !== null) {
    const found = await findProfile(name, directories);
    if (found === null) warnings.push(`the active profile "${name}" has no file any more; it has no effect`);
    faults.push(...(found?.faults ?? []));
    if (found?.profile != null) layers.push(profileLayer(found.profile, found.file));
  }
  if (Object.keys(providers).length > 0)
    layers.push({ file: STORED_LAYER, shipped: false, values: { providers } });
  return layers;
}

/** The providers whose address is one that a call has set, or that the type has which a call has set. */
export function movedByCalls(layers: readonly Layer[]): ReadonlySet<string> {
  const stored = layers.find(({ file }) => file === STORED_LAYER);
  const files = mergeLayers(layers.filter((layer) => layer !== stored)).values;
  const entries = Object.entries(objectAt(stored?.values ?? {}, 'providers'));
  const moved = entries.filter(
    ([id, entry]) => isObject(entry) && changesOrigin(objectAt(objectAt(files, 'providers'), id), entry),
  );
  return new Set(moved.map(([id]) => id));
}
