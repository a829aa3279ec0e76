import { formatModelId } from '../protocol/model-id.ts';
import { buildConfig } from './build.ts';
import type { Check } from './validate/check.ts';
import type { Config } from './config.ts';
import type { EnvironmentTarget } from './environment/draft.ts';
import { readEnvironmentLayer } from './environment/configuration-layer.ts';
import { ConfigFaults, formatPath, type ConfigFault, type Path } from './faults.ts';
import { objectAt, valueAt, withoutNulls, withoutPath, type JsonObject } from './files/json.ts';
import { readLayers, type Layer } from './layers.ts';
import { movedByCalls, NOTHING_STORED, readStoredLayers, type StoredLayers } from './stored-layers.ts';
import { mergeLayers } from './merge.ts';
import { pruneShipped } from './removed-entries.ts';
import { canonicalize, withTag, type DefaultTags } from './schema/canonicalize.ts';
import type { ProviderTypeInfo } from '../protocol/provider-type.ts';
import { findEngineFaults } from './validate/engines.ts';
import { resolveProviders } from './validate/providers.ts';
import { findReferenceFaults } from './validate/references.ts';
import { fileSchema, PARSE_ONCE } from './schema/schema.ts';
import { findSecretFaults } from './validate/secrets.ts';
import { findShapeFaults } from './schema/shape.ts';
import { schemeInKeyWarnings, unsetHeaderWarnings } from './validate/unset-headers.ts';
import type { Variables } from './environment/variables.ts';

/** Where to find the configuration, and the known provider types. */
export interface LoadOptions {
  /** `LANEWAY_CONFIG_DIR`; may be missing. */
  readonly directory: string;
  /** The directory with `user_profiles/`; absent: `directory`. */
  readonly profileDirectory?: string;
  /** The package's own `config/`, used when `directory` has neither `models.json` nor `models.yaml`. */
  readonly shippedDirectory: string;
  /** Content that is about to be written to `user_models.json`; absent: the file's. */
  readonly userModels?: JsonObject;
  readonly providerTypes: readonly ProviderTypeInfo[];
  /** What calls have set: layers between the files and the environment. */
  readonly stored?: StoredLayers;
  /** Environment variables, the strongest layer. */
  readonly environment: Variables;
}

/** Reads, merges and validates the configuration. Rejects with `ConfigFaults`: every fault of every layer. */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const faults: ConfigFault[] = [];
  const warnings: string[] = [];
  const findings = { faults, warnings };
  const read = [
    ...(await readLayers(options, findings)),
    ...(await readStoredLayers(options.stored ?? NOTHING_STORED, options, findings)),
  ];
  // Without an unreadable file, every name that it defines would be reported as unknown.
  const unreadable = faults.length > 0;
  const damaged: Path[] = [];
  const {
    layers: files,
    removedEntries,
    warnings: pruned,
  } = pruneShipped(read.map((layer) => checkLayer(layer, faults, damaged)));
  if (unreadable) throw new ConfigFaults(faults);

  const types = options.providerTypes;
  const below = mergeLayers(files).values;
  const moved = movedByCalls(files);
  const environment = readEnvironmentLayer(options.environment, below, types, faults, moved);
  const unmerged = environment.layer === null ? files : [...files, environment.layer];
  const tags = defaultTags(unmerged, types);
  const layers = unmerged.map((layer) => ({
    ...layer,
    values: canonicalize(layer.values, tags, (path, message) => {
      faults.push(faultOf(layer, path, message));
    }),
  }));
  const merged = mergeLayers(layers);
  const check: Check = {
    file: fileSchema.parse(merged.values, PARSE_ONCE),
    types,
    removedProviders: merged.removedProviders,
    removedEntries,
    report: (path, message) => faults.push(faultOf(originOf(path, layers), path, message)),
    isDamaged: (path) => damaged.some((other) => isWithin(other, path) || isWithin(path, other)),
  };
  findReferenceFaults(check);
  const providers = resolveProviders(check);
  findEngineFaults(check, providers);
  if (faults.length > 0) throw new ConfigFaults(faults);
  return buildConfig(check, {
    providers,
    environmentTargets: taggedEnvironmentTargets(environment.environmentTargets, tags),
    layers,
    warnings: [
      ...warnings,
      ...pruned,
      ...environment.warnings,
      ...merged.warnings,
      ...unsetHeaderWarnings(providers, options.environment),
      ...schemeInKeyWarnings(providers, options.environment),
    ],
    notes: environment.notes,
  });
}

/** For the environment the fault names the variable instead of the path that it sets. */
function faultOf(layer: Layer | undefined, path: Path, message: string): ConfigFault {
  const written = formatPath(path);
  return { file: layer?.file ?? '', path: layer?.variables?.get(written) ?? written, message };
}

function taggedEnvironmentTargets(
  environmentTargets: ReadonlyMap<string, EnvironmentTarget>,
  tags: DefaultTags,
): ReadonlyMap<string, EnvironmentTarget> {
  const tagged = [...environmentTargets].map(([lane, { provider, model }]): [string, EnvironmentTarget] => {
    if (model === null) return [lane, { provider, model }];
    const id = withTag(formatModelId(provider, model), tags);
    return [lane, { provider, model: id.slice(provider.length + 1) }];
  });
  return new Map(tagged);
}

/** Limit per file: nobody fixes more at once, and removing each faulty value would block the process for seconds. */
const MAX_FAULTS = 1_000;

/** Finds a layer's own faults and removes the faulty values, so that the rest can still be checked. */
function checkLayer(layer: Layer, faults: ConfigFault[], damaged: Path[]): Layer {
  const found: Path[] = [];
  const report = (path: Path, message: string): void => {
    faults.push(faultOf(layer, path, message));
    found.push(path);
  };
  for (const { path, message, meant } of findShapeFaults(withoutNulls(layer.values))) {
    report(path, message);
    if (meant !== undefined) damaged.push(meant);
  }
  findSecretFaults(layer.values, report);
  const more = found.length - MAX_FAULTS;
  if (more > 0) {
    throw new ConfigFaults([
      ...faults.slice(0, MAX_FAULTS),
      { file: layer.file, path: '', message: `and ${more} more faults` },
    ]);
  }
  damaged.push(...found);
  return { ...layer, values: found.reduce(withoutPath, layer.values) };
}

/** Tags by provider id; the strongest layer determines the type of a provider. */
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

/** The strongest layer that has a value at the path, or else at its longest prefix. */
function originOf(path: Path, layers: readonly Layer[]): Layer | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const layer = layers.findLast(({ values }) => valueAt(values, part) !== undefined);
    if (layer !== undefined) return layer;
  }
  return layers.findLast(({ variables }) => variables === undefined);
}

function isWithin(path: Path, whole: Path): boolean {
  return whole.every((part, index) => path[index] === part);
}
