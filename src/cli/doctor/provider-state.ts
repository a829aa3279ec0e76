import type { ProviderCheckResult } from '../../protocol/provider-check.ts';
import type { ProviderConfig } from '../../config/config.ts';
import { ownsEntry, type ExplainedTree } from './explained-tree.ts';
import { startedEngine, type StartedEngine } from './started-engine.ts';

/** A configured provider, and what its server answered just now. */
export interface ProviderState {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly baseUrl: string;
  /** What Laneway starts for it; null: nothing, its server runs by itself. */
  readonly started: StartedEngine | null;
  /** Addresses of the servers that Laneway runs for it now. */
  readonly servers: readonly string[];
  readonly local: boolean;
  readonly enabled: boolean;
  /** The operator's files, variables or calls set something of it. */
  readonly isOwn: boolean;
  /** Where its key is: `env:GROQ_API_KEY`; null: it has none. */
  readonly keyFrom: string | null;
  /** Why it cannot be used; null: it can. The message begins with its name. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** null: the list of its server is not known. */
  readonly models: readonly ModelState[] | null;
  /** Whether its server does not have a model, as far as that is known. */
  readonly lacks: (modelId: string) => boolean;
}

/** A model of a provider. */
export interface ModelState {
  readonly id: string;
  /** `chat`, `embeddings`, `rerank`; null: unknown. */
  readonly kind: string | null;
  readonly status: string;
  /** The window in tokens; null: unknown. */
  readonly contextLength: number | null;
}

/** Whether nothing, or nothing useful, listens at the address of a local provider that does not wait for Laneway to start it. */
export function isSilent({ local, error, started }: ProviderState): boolean {
  return local && started === null && isNoAnswer(error);
}

/** Whether a check failed because nothing, or nothing useful, listens at the address. */
export function isNoAnswer(error: ProviderState['error']): boolean {
  return error !== null && /^upstream_(?:connect|timeout)/.test(error.code);
}

/** Whether requests can be sent to a provider. */
export function isUsable({ enabled, error, models }: ProviderState): boolean {
  return enabled && error === null && (models === null || models.some(isInstalled));
}

/** Whether a server has a model that the configuration, or its list, names. */
export function isInstalled({ status }: ModelState): boolean {
  return status !== 'not_installed' && status !== 'gone';
}

/**
 * The providers of the files, with the results of their checks. `tree` is the configuration with its layers; `routers`: the
 * ids of those for which a gateway would start a router where nothing listens.
 */
export function providersOfFiles(
  providers: Readonly<Record<string, ProviderConfig>>,
  results: readonly ProviderCheckResult[],
  tree: ExplainedTree,
  routers: ReadonlySet<string>,
): ProviderState[] {
  return Object.entries(providers).map(([id, provider]) => {
    const result = results.find((each) => each.id === id);
    const models = result?.models ?? null;
    return {
      ...{ id, name: provider.name, type: provider.type, baseUrl: provider.base_url },
      ...{ local: provider.local, enabled: provider.enabled, keyFrom: provider.api_key ?? null },
      isOwn: ownsEntry(tree, ['providers', id]),
      started: startedEngine(tree, id, routers.has(id) && isNoAnswer(result?.error ?? null)),
      servers: [],
      error: result?.error ?? null,
      models,
      lacks: (modelId) =>
        result?.listIsComplete === true && models?.some((model) => model.id === modelId) !== true,
    };
  });
}
