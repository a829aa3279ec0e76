import type { Config } from '../../config/config.ts';
import { ConfigFaults, type ConfigFault } from '../../config/faults.ts';
import { STORED_LAYER, type StoredLayers } from '../../config/stored-layers.ts';
import type { Log } from '../../protocol/log.ts';
import type { StoredConfiguration } from '../../protocol/stored-configuration.ts';

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

/** A configuration, and the stored providers that it leaves out because they are not valid, with the reason of each. */
export interface LoadedStored {
  readonly config: Config;
  readonly ignored: ReadonlyMap<string, string>;
}

/**
 * Loads the configuration without the stored providers that are not valid, of those that `mayIgnore` names: an entry over
 * a provider that the files have lost must not keep the gateway from starting, nor other calls from changing anything.
 * Rejects with the other `ConfigFaults`.
 */
export async function loadStored(
  load: (stored: StoredLayers) => Promise<Config>,
  stored: StoredLayers,
  mayIgnore: (id: string) => boolean = () => true,
): Promise<LoadedStored> {
  try {
    return { config: await load(stored), ignored: new Map() };
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    const invalid = new Map<string, string>();
    for (const fault of error.faults) {
      const id = storedEntryOf(fault)?.id;
      if (id === undefined || !Object.hasOwn(stored.providers, id) || !mayIgnore(id)) continue;
      invalid.set(id, `${fault.path}: ${fault.message}`);
    }
    if (invalid.size === 0) throw error;
    const valid = Object.entries(stored.providers).filter(([id]) => !invalid.has(id));
    const rest = await loadStored(load, { ...stored, providers: Object.fromEntries(valid) }, mayIgnore);
    return { config: rest.config, ignored: new Map([...invalid, ...rest.ignored]) };
  }
}

/** Logs each stored provider that the configuration leaves out. */
export function logIgnored(ignored: LoadedStored['ignored'], log: Log): void {
  for (const [id, why] of ignored) {
    log.error(
      { provider: id },
      `what calls have stored of provider "${id}" is not used: ${why}; ${removalAdvice(id)}`,
    );
  }
}

/** How to remove what calls have stored of a provider. */
export function removalAdvice(id: string): string {
  return `DELETE /api/v1/llm/providers/${id} removes it`;
}

/** Adds to faults of stored providers how to remove those; `isAdvised` leaves out what the caller is just changing. */
export function withRemovalAdvice(error: ConfigFaults, isAdvised: (id: string) => boolean): ConfigFaults {
  return new ConfigFaults(
    error.faults.map((fault) => {
      const id = storedEntryOf(fault)?.id;
      if (id === undefined || !isAdvised(id)) return fault;
      return { ...fault, message: `${fault.message}; this is a stored change, ${removalAdvice(id)}` };
    }),
  );
}

/** The stored provider that a fault is about, and the key of its entry, if it is about one; null: about something else. */
export function storedEntryOf({
  file,
  path,
}: ConfigFault): { readonly id: string; readonly key: string | null } | null {
  if (file !== STORED_LAYER) return null;
  const [, plain, quoted, key = null] =
    /^providers(?:\.([\w$-]+)|\["([^"]*)"\])(?:\.(\w+))?/.exec(path) ?? [];
  const id = plain ?? quoted;
  return id === undefined ? null : { id, key };
}
