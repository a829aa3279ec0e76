import type { Config } from '../../config/config.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import { nearest } from '../../util/nearest.ts';

/** A place of the operator's files that names models. */
interface Reference {
  /** `lanes.coder.preferred` */
  readonly path: string;
  readonly ids: readonly string[];
  /** The lane whose targets these are; absent: none. */
  readonly lane?: string;
}

/** Lanes that no server can serve, as far as the lists show. */
function unservedLanes(
  references: readonly Reference[],
  models: ReadonlyMap<string, ModelEntry>,
  config: Config,
): string[] {
  const byLane = new Map<string, string[]>();
  for (const { lane, ids } of references)
    if (lane !== undefined) byLane.set(lane, [...(byLane.get(lane) ?? []), ...ids]);
  return [...byLane].flatMap(([lane, ids]) => {
    const entries = ids.map((id) => models.get(id));
    const isUnserved = entries.every(
      (model) => model !== undefined && model.provider.listed && !isListed(model, models),
    );
    // Where each model has a line of its own already, this one adds nothing.
    const isNews = entries.some((model) => model !== undefined && describe(model, models, config) === null);
    if (!isUnserved || !isNews) return [];
    return [
      `lanes.${lane}: none of its models is in the list of its server: ${ids.join(', ')}; they are requested nevertheless, as such lists may be incomplete`,
    ];
  });
}

/**
 * One line for each place of the operator's own files with models that their servers' lists lack, with the most similar
 * listed names. Only for lists that have been read. A list that may be incomplete (a cloud's, which omits its aliases)
 * counts where a listed name is similar, so that the name is probably misspelt, and for what Laneway is to load.
 */
export function unlistedModelWarnings(config: Config, models: ReadonlyMap<string, ModelEntry>): string[] {
  const references = ownReferences(config);
  const places = references.flatMap(({ path, ids }) => {
    const unlisted = ids.flatMap((id) => {
      const model = models.get(id);
      const words = model === undefined ? null : describe(model, models, config);
      return words === null ? [] : [words];
    });
    return unlisted.length === 0 ? [] : [`${path}: not in the list of its server: ${unlisted.join(', ')}`];
  });
  return [...places, ...unservedLanes(references, models, config)];
}

/** The model and what is probably meant; null for a model that may be served. */
function describe(
  { id, modelId, provider, inList }: ModelEntry,
  models: ReadonlyMap<string, ModelEntry>,
  config: Config,
): string | null {
  if (!provider.listed || isListed({ modelId, provider, inList }, models)) return null;
  const names = listedNames(provider.id, models);
  const [near] = nearest(modelId, names, 1);
  if (near !== undefined) return `${id} (did you mean "${provider.id}/${near}"?)`;
  const { pinned, context } = config.models[id] ?? {};
  return inList === null && pinned !== true && context === undefined ? null : id;
}

/** Is it in its server's list? `claude-sonnet-4-5` is listed under its dated name. */
function isListed(
  { modelId, provider, inList }: Pick<ModelEntry, 'modelId' | 'provider' | 'inList'>,
  models: ReadonlyMap<string, ModelEntry>,
): boolean {
  if (inList !== null) return inList;
  return listedNames(provider.id, models).some((name) => name.startsWith(modelId));
}

function listedNames(providerId: string, models: ReadonlyMap<string, ModelEntry>): string[] {
  const listed = [...models.values()].filter(
    ({ provider, inList }) => provider.id === providerId && inList === true,
  );
  return listed.map(({ modelId }) => modelId);
}

const cache = new WeakMap<Config, readonly Reference[]>();

/** Every place that names models, without those of the shipped defaults. */
function ownReferences(config: Config): readonly Reference[] {
  const cached = cache.get(config);
  if (cached !== undefined) return cached;
  const origins = config.origins();
  const references: Reference[] = [];
  const add = (path: string, ids: readonly string[], lane?: string): void => {
    if (ids.length === 0 || origins.get(path) === 'shipped') return;
    references.push({ path, ids, ...(lane === undefined ? null : { lane }) });
  };
  for (const [name, lane] of Object.entries(config.lanes)) {
    add(`lanes.${name}.preferred`, lane.preferred, name);
    add(`lanes.${name}.cloud_fallback`, lane.cloud_fallback, name);
  }
  for (const [name, node] of Object.entries(config.nodes)) {
    add(`nodes.${name}.model`, node.model === null ? [] : [node.model]);
    add(`nodes.${name}.fallbacks`, node.fallbacks);
  }
  // What a lane or node names has its line there.
  const placed = new Set(references.flatMap(({ ids }) => ids));
  const names = config.operatorNames();
  add(
    'models',
    Object.keys(config.models).filter((id) => names.has(id) && !placed.has(id)),
  );
  cache.set(config, references);
  return references;
}
