import { buildConfig } from './build.ts';
import type { Check } from './check.ts';
import type { Config } from './config.ts';
import { ConfigFaults, formatPath, type ConfigFault, type Path } from './faults.ts';
import { objectAt, valueAt, withoutNulls, withoutPath } from './json.ts';
import { laterKeysWarning } from './later-keys.ts';
import { readLayers, type Layer } from './layers.ts';
import { mergeLayers } from './merge.ts';
import { canonicalWords, type DefaultTags } from './model-words.ts';
import type { ProviderTypeInfo } from './provider-type-info.ts';
import { resolveProviders } from './providers.ts';
import { findReferenceFaults } from './references.ts';
import { fileSchema, PARSE_ONCE } from './schema.ts';
import { findSecretFaults } from './secrets.ts';
import { findShapeFaults } from './shape.ts';

/** Where the configuration is, and what types of provider there are. */
export interface LoadOptions {
  /** `LANEWAY_CONFIG_DIR`; it need not exist. */
  readonly directory: string;
  /** The package's own `config/`, used where the directory has no `models.json`. */
  readonly shippedDirectory: string;
  readonly providerTypes: readonly ProviderTypeInfo[];
}

/**
 * Reads, merges and checks the configuration. Synchronous, for the start of the process. Throws `ConfigFaults` with
 * every fault of every file.
 */
export function loadConfig(options: LoadOptions): Config {
  const faults: ConfigFault[] = [];
  const read = readLayers(options, faults);
  // With a file missing from the picture, every name in it would look unknown.
  const unreadable = faults.length > 0;
  const damaged: Path[] = [];
  const sound = read.map((layer) => checkLayer(layer, faults, damaged));
  if (unreadable) throw new ConfigFaults(faults);

  const tags = defaultTags(sound, options.providerTypes);
  const layers = sound.map((layer) => ({
    ...layer,
    values: canonicalWords(layer.values, tags, (path, message) => {
      faults.push({ file: layer.file, path: formatPath(path), message });
    }),
  }));
  const merged = mergeLayers(layers);
  const check: Check = {
    file: fileSchema.parse(merged.values, PARSE_ONCE),
    types: options.providerTypes,
    removedProviders: merged.removedProviders,
    report: (path, message) => faults.push({ file: originOf(path, layers), path: formatPath(path), message }),
    isDamaged: (path) => damaged.some((other) => isWithin(other, path) || isWithin(path, other)),
  };
  findReferenceFaults(check);
  const providers = resolveProviders(check);
  if (faults.length > 0) throw new ConfigFaults(faults);
  const later = laterKeysWarning(layers);
  return buildConfig(check, providers, [...merged.warnings, ...(later === null ? [] : [later])]);
}

/** Finds a layer's own faults and takes what is faulty out of it, so that the rest can still be checked. */
function checkLayer(layer: Layer, faults: ConfigFault[], damaged: Path[]): Layer {
  const found: Path[] = [];
  const report = (path: Path, message: string): void => {
    faults.push({ file: layer.file, path: formatPath(path), message });
    found.push(path);
  };
  for (const { path, message } of findShapeFaults(withoutNulls(layer.values))) report(path, message);
  findSecretFaults(layer.values, report);
  damaged.push(...found);
  return { ...layer, values: found.reduce(withoutPath, layer.values) };
}

/** Tags by provider id: a provider has the type that the strongest layer gives it. */
function defaultTags(layers: readonly Layer[], types: readonly ProviderTypeInfo[]): DefaultTags {
  const tagOf = new Map(types.map(({ type, defaultTag }) => [type, defaultTag]));
  const tags = new Map<string, string>();
  for (const { values } of layers) {
    const providers = objectAt(values, 'providers');
    for (const id of Object.keys(providers)) {
      const type = valueAt(providers, [id, 'type']);
      if (typeof type !== 'string') continue;
      const tag = tagOf.get(type);
      if (tag === undefined) tags.delete(id);
      else tags.set(id, tag);
    }
  }
  return tags;
}

/** The strongest file that holds the value at a path, or else what the path goes through. */
function originOf(path: Path, layers: readonly Layer[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const layer = layers.findLast(({ values }) => valueAt(values, part) !== undefined);
    if (layer !== undefined) return layer.file;
  }
  return layers.at(-1)?.file ?? '';
}

function isWithin(path: Path, whole: Path): boolean {
  return whole.every((part, index) => path[index] === part);
}
