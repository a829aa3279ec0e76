import { existsSync } from 'node:fs';

import type { Config } from '../config/config.ts';
import { modelsDirPlaces } from '../config/models-dir.ts';
import { listedModel } from '../engines/gguf/listed-model.ts';
import { ModelFolders } from '../engines/gguf/model-folders.ts';
import { ScanThread } from '../engines/gguf/scan-thread.ts';
import type { EventHub } from '../http/events/event-hub.ts';
import { discoveryEvent } from '../http/events/sources.ts';
import type { Registry } from '../registry/registry.ts';
import type { AppOptions } from './options.ts';

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

/** The folder of each provider, absolute; one that does not exist is expected at the first of its places. */
export function modelFolderPaths(
  { providers }: Config,
  { directory }: AppOptions['directories'],
): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const [id, provider] of Object.entries(providers)) {
    const places = modelsDirPlaces(provider, directory);
    const path = places.find((place) => existsSync(place)) ?? places[0];
    if (path !== undefined) paths.set(id, path);
  }
  return paths;
}
