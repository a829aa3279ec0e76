import type { LoadSettings } from '../../protocol/engine.ts';
import type { Config } from '../../config/config.ts';
import type { EngineModel } from '../../engines/drivers/engine-model.ts';
import { estimateFromWeights } from '../../engines/memory/estimate.ts';
import type { ModelFile } from '../../engines/gguf/model-file.ts';
import type { ModelFolders } from '../../engines/gguf/model-folders.ts';
import type { UnreadableFile } from '../../protocol/model-file.ts';
import { formatModelId } from '../../protocol/model-id.ts';
import type { Registry } from '../../registry/registry.ts';

/** The model files that engines may load. */
export interface ModelFiles {
  /** The file of a model by its id; null: there is none. */
  find(providerId: string, modelId: string): EngineModel | null;
  /** The files of a provider; null: it has no folder. */
  models(providerId: string): readonly EngineModel[] | null;
  /** Resolves once the folder of a provider was read; at once where it has none. */
  read(providerId: string): Promise<void>;
  /** The files of a provider that cannot be used. */
  unreadable(providerId: string): readonly UnreadableFile[];
  /** Bytes that a model takes when loaded so, by the operator's files, its file or its server; null: unknown. */
  estimate(target: string, settings: LoadSettings): number | null;
}

/** What model files depend on. */
interface FileSources {
  readonly folders: ModelFolders;
  readonly registry: Registry;
  readonly config: () => Config;
}

/**
 * Tokens of a model that Laneway loads from a file, if the configuration gives no `context` and the file allows more:
 * by itself a llama-server takes all free memory for the longest window that fits.
 */
const DEFAULT_CONTEXT = 32_768;
const BYTES_PER_GB = 1e9;
/** A window that the header does not tell. */
const UNKNOWN_CONTEXT = 4_096;

/** The files of the folders of models, and those that the configuration names by path. */
export function modelFilesOf({ folders, registry, config }: FileSources): ModelFiles {
  const engineModel = (providerId: string, modelId: string, file: ModelFile): EngineModel => ({
    id: modelId,
    path: file.path,
    context: config().models[formatModelId(providerId, modelId)]?.context ?? contextOf(file),
  });
  return {
    find: (providerId, modelId) => {
      const model = registry.snapshot.models.get(formatModelId(providerId, modelId));
      const file = folders.find(providerId, model?.file ?? modelId);
      if (file !== null) return engineModel(providerId, modelId, file);
      const { path, context = null } = config().models[formatModelId(providerId, modelId)] ?? {};
      return path === undefined ? null : { id: modelId, path, context };
    },
    models: (providerId) => {
      const provider = config().providers[providerId];
      if (provider?.models_dir === undefined) return null;
      return folders.models(providerId).map((file) => engineModel(providerId, file.id, file));
    },
    read: (providerId) => folders.read(providerId),
    unreadable: (providerId) => folders.broken(providerId),
    estimate: (target, { contextLength, quantizedCache }) => {
      const model = registry.snapshot.models.get(target);
      if (model === undefined) return null;
      const file = model.file === undefined ? null : folders.find(model.provider.id, model.file);
      const isConfigured = model.sources.memory_gb_estimate === 'configuration';
      if (file === null || isConfigured) {
        const gb = model.capabilities.memory_gb_estimate;
        if (gb === undefined) return null;
        // Servers list the size of the weights.
        const isWeights = model.sources.memory_gb_estimate === 'engine';
        return isWeights ? estimateFromWeights(gb * BYTES_PER_GB) : gb * BYTES_PER_GB;
      }
      const context = contextLength ?? contextOf(file);
      const cache = quantizedCache ? ({ keyType: 'q8_0', valueType: 'q8_0' } as const) : {};
      return folders.estimate(model.provider.id, file.id, { context, ...cache })?.total ?? null;
    },
  };
}

function contextOf({ model }: ModelFile): number {
  return Math.min(model.contextLength ?? UNKNOWN_CONTEXT, DEFAULT_CONTEXT);
}
