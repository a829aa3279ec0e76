import type { StoredLayers } from '../config/stored-layers.ts';
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
