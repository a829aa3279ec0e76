import type { Config } from '../config/config.ts';
import { ConfigFaults } from '../config/faults.ts';
import type { StoredLayers } from '../config/stored-layers.ts';
import type { Log } from '../protocol/log.ts';
import type { StoredConfiguration } from '../protocol/stored-configuration.ts';

/** What calls have stored, in the form of the layers that are laid over the files. */
export function storedLayers({ providers, activeProfile }: StoredConfiguration): StoredLayers {
  const entries = providers.map(({ id, entry }) => [
    id,
    JSON.parse(entry) as StoredLayers['providers'][string],
  ]);
  return {
    profile: activeProfile,
    providers: Object.fromEntries(entries) as StoredLayers['providers'],
  };
}

/** Whether the files and the environment alone make up the configuration. */
export function isNothingStored({ profile, providers }: StoredLayers): boolean {
  return profile === null && Object.keys(providers).length === 0;
}

/**
 * Loads the configuration at a start, without the stored providers that are no longer valid, such as an entry over a
 * provider that the files have lost: no call could remove them if the gateway did not start. Each is logged. Rejects with
 * the `ConfigFaults` of files.
 */
export async function loadStored(
  load: (stored: StoredLayers) => Promise<Config>,
  stored: StoredLayers,
  log: Log,
): Promise<Config> {
  try {
    return await load(stored);
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    const invalid = new Map<string, string>();
    for (const { file, path, message } of error.faults) {
      const id = file === 'database' ? storedProvider(path) : null;
      if (id !== null && Object.hasOwn(stored.providers, id)) invalid.set(id, `${path}: ${message}`);
    }
    if (invalid.size === 0) throw error;
    for (const [id, why] of invalid) {
      log.error(
        { provider: id },
        `what calls have stored of provider "${id}" is not used: ${why}; DELETE /api/v1/llm/providers/${id} removes it`,
      );
    }
    const valid = Object.entries(stored.providers).filter(([id]) => !invalid.has(id));
    return loadStored(load, { ...stored, providers: Object.fromEntries(valid) }, log);
  }
}

/** The provider of a path of the configuration: `providers.own.type`, `providers["1st"].type`. */
function storedProvider(path: string): string | null {
  const [, plain, quoted] = /^providers(?:\.([\w$-]+)|\["([^"]*)"\])/.exec(path) ?? [];
  return plain ?? quoted ?? null;
}
