import type { EngineModel } from '../../engines/drivers/engine-model.ts';
import type { LoadSettings } from '../../engines/memory/footprints.ts';

/** The model files that engines may load. */
export interface ModelFiles {
  /** The file of a model by its id; null: there is none. */
  find(providerId: string, modelId: string): EngineModel | null;
  /** The files of a provider; null: it has no folder. */
  models(providerId: string): readonly EngineModel[] | null;
  /** Bytes that a model takes when loaded so, by its file or else by what its server says; null: unknown. */
  estimate(target: string, settings: LoadSettings): number | null;
}

/** Where no provider has a folder. */
export const NO_FILES: ModelFiles = { find: () => null, models: () => null, estimate: () => null };
