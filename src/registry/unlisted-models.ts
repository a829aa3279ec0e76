import type { Config } from '../config/config.ts';
import type { ModelEntry } from '../routing/snapshot.ts';
import { nearest } from '../util/nearest.ts';

/** A place of the operator's files that names models. */
interface Reference {
  /** `lanes.coder.preferred` */
  readonly path: string;
  readonly ids: readonly string[];
}

/**
 * One line for each place of the operator's own files with models that their servers' lists lack, with the most similar
 * listed names. Only for lists that have been read. A list that may be incomplete (a cloud's, which omits its aliases)
 * counts where a listed name is similar, so that the name is probably misspelt.
 */
export function unlistedModelWarnings(config: Config, models: ReadonlyMap<string, ModelEntry>): string[] {
  return ownReferences(config).flatMap(({ path, ids }) => {
    const unlisted = ids.flatMap((id) => {
      const model = models.get(id);
      const words = model === undefined ? null : describe(model, models);
      return words === null ? [] : [words];
    });
    return unlisted.length === 0 ? [] : [`${path}: not in the list of its server: ${unlisted.join(', ')}`];
  });
}

/** The model and what is probably meant; null for a model that may be served. */
function describe(
  { id, modelId, provider, inList }: ModelEntry,
  models: ReadonlyMap<string, ModelEntry>,
): string | null {
  if (inList === true || !provider.listed) return null;
  const listed = [...models.values()].filter(
    (other) => other.provider.id === provider.id && other.inList === true,
  );
  const names = listed.map((other) => other.modelId);
  // `claude-sonnet-4-5` is served under the dated name of the list.
  if (inList === null && names.some((name) => name.startsWith(modelId))) return null;
  const [near] = nearest(modelId, names, 1);
  if (near !== undefined) return `${id} (did you mean "${provider.id}/${near}"?)`;
  return inList === null ? null : id;
}

const cache = new WeakMap<Config, readonly Reference[]>();

/** Every place that names models, without those of the shipped defaults. */
function ownReferences(config: Config): readonly Reference[] {
  const cached = cache.get(config);
  if (cached !== undefined) return cached;
  const origins = config.origins();
  const references: Reference[] = [];
  const add = (path: string, ids: readonly string[]): void => {
    if (ids.length > 0 && origins.get(path) !== 'shipped') references.push({ path, ids });
  };
  for (const [name, lane] of Object.entries(config.lanes)) {
    add(`lanes.${name}.preferred`, lane.preferred);
    add(`lanes.${name}.cloud_fallback`, lane.cloud_fallback);
  }
  for (const [name, node] of Object.entries(config.nodes)) {
    add(`nodes.${name}.model`, node.model === null ? [] : [node.model]);
    add(`nodes.${name}.fallbacks`, node.fallbacks);
  }
  cache.set(config, references);
  return references;
}
