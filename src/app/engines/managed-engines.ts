import type { Config } from '../../config/config.ts';
import type { Engines } from '../../engines/engines.ts';
import type { ModelFolders } from '../../engines/gguf/model-folders.ts';
import type { ModelMemory } from '../../routing/residency.ts';
import { createModelFolders, modelFolderPaths } from '../model-folders.ts';
import type { AppOptions } from '../options.ts';
import { configurationOf, createEngines, type EngineParts } from './create-engines.ts';
import { modelFilesOf } from './model-files.ts';
import { ModelServers } from './model-servers.ts';

/** Everything that acts on engines of this machine, and knows their files. */
export interface ManagedEngines {
  readonly engines: Engines;
  readonly modelServers: ModelServers;
  readonly modelFolders: ModelFolders;
  /** Takes over a changed configuration. */
  reload(): void;
}

/** Creates the engines of a gateway and begins to scan the folders of their models. */
export function createManagedEngines(
  options: AppOptions,
  parts: Omit<EngineParts, 'files'> & { readonly config: () => Config },
): ManagedEngines {
  const { registry, events, config } = parts;
  const modelFolders = createModelFolders(options, registry, events);
  const files = modelFilesOf({ folders: modelFolders, registry, config });
  const engines = createEngines(options, { ...parts, files });
  const setFolders = (): void => {
    modelFolders.set(modelFolderPaths(config(), options.directories));
  };
  setFolders();
  return {
    engines,
    modelServers: new ModelServers(() => engines),
    modelFolders,
    reload: () => {
      setFolders();
      engines.update(configurationOf(options, { config, files }));
    },
  };
}

/** Which models are in memory, for plans: `engines` may be created later, before the first request. */
export function modelMemoryOf(engines: () => Engines): ModelMemory {
  return {
    get residency() {
      return engines().residency;
    },
    loadState: (target) => engines().loadState(target),
  };
}
