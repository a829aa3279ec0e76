import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Config } from '../config/config.ts';
import { listedModel } from '../engines/gguf/listed-model.ts';
import { ModelFolders } from '../engines/gguf/model-folders.ts';
import { ScanThread } from '../engines/gguf/scan-thread.ts';
import type { Registry } from '../registry/registry.ts';
import type { AppOptions } from './options.ts';

/** The only type of provider that serves GGUF files. */
const TYPE = 'llamacpp';

/** Creates what scans the folders of models, which reports to the registry. Nothing runs before a folder is set. */
export function createModelFolders({ log }: Pick<AppOptions, 'log'>, registry: Registry): ModelFolders {
  return new ModelFolders({
    log,
    thread: new ScanThread(),
    onModels: (providerId, models) => {
      registry.applyFiles(providerId, models.map(listedModel));
    },
  });
}

/**
 * The folder of each provider, absolute. A relative path is one in the working directory, or, where that has none, in the
 * directory of the configuration.
 */
export function modelFolderPaths(
  { providers }: Config,
  { directory }: AppOptions['directories'],
): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const [id, { type, enabled, models_dir: written }] of Object.entries(providers)) {
    if (!enabled || type !== TYPE || written === undefined) continue;
    const places = [resolve(written), resolve(directory, written)];
    paths.set(id, places.find((place) => existsSync(place)) ?? resolve(written));
  }
  return paths;
}
