import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Config } from '../config/config.ts';
import { listedModel } from '../engines/gguf/listed-model.ts';
import { ModelFolders } from '../engines/gguf/model-folders.ts';
import { ScanThread } from '../engines/gguf/scan-thread.ts';
import type { EventHub } from '../http/events/event-hub.ts';
import { discoveryEvent } from '../http/events/sources.ts';
import type { Registry } from '../registry/registry.ts';
import type { AppOptions } from './options.ts';

/** The only type of provider that serves GGUF files. */
const TYPE = 'llamacpp';

/**
 * Creates what scans the folders of models, which reports to the registry and, as a change of a list, to the events.
 * Nothing runs before a folder is set.
 */
export function createModelFolders(
  { log }: Pick<AppOptions, 'log'>,
  registry: Registry,
  events: EventHub,
): ModelFolders {
  const known = new Map<string, readonly string[]>();
  return new ModelFolders({
    log,
    thread: new ScanThread(),
    onModels: (providerId, models, broken) => {
      registry.applyFiles(providerId, models.map(listedModel), broken);
      const before = new Set(known.get(providerId));
      const ids = models.map(({ id }) => id);
      known.set(providerId, ids);
      const added = ids.filter((id) => !before.has(id));
      const removed = [...before].filter((id) => !ids.includes(id));
      if (added.length + removed.length === 0) return;
      const change = { providerId, added, removed, changed: [], models: ids.length };
      events.publish('discovery', discoveryEvent(change));
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
