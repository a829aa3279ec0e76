import { ConfigFaults } from '../config/faults.ts';
import { withProfileAdvice } from '../config/profiles/profile-files.ts';
import type { StoredLayers } from '../config/stored-layers.ts';
import type { EventHub } from '../http/events/event-hub.ts';
import { configEvent } from '../http/events/sources.ts';
import type { ProviderSet } from '../providers/provider-set.ts';
import type { Discovery } from '../registry/providers/discovery.ts';
import { Profiles } from '../registry/profiles/profiles.ts';
import { ProviderRecords } from '../registry/providers/provider-records.ts';
import type { Registry } from '../registry/registry.ts';
import { Reloader } from '../registry/reload.ts';
import {
  isNothingStored,
  loadStored,
  logIgnored,
  type LoadedStored,
} from '../registry/providers/stored-layers.ts';
import { StoredProviders } from '../registry/providers/stored-providers.ts';
import { StoredSecrets } from '../registry/providers/stored-secrets.ts';
import type { Health } from '../routing/health.ts';
import type { SecretVault } from '../store/secrets/vault.ts';
import type { StoredState } from '../store/store.ts';
import type { AppOptions } from './options.ts';

/** The configuration, with what calls have stored laid over the files. A fault names the file of an active profile. */
export async function configurationWith(
  stored: StoredLayers,
  { config, load, log, directories }: AppOptions,
): Promise<LoadedStored> {
  if (isNothingStored(stored)) return { config, ignored: new Map() };
  try {
    const loaded = await loadStored((layers) => load(layers), stored);
    logIgnored(loaded.ignored, log);
    return loaded;
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    throw await withProfileAdvice(error, stored.profile, directories);
  }
}

/** The parts of a gateway that changes of its configuration use. */
interface ConfigurationParts {
  readonly state: StoredState;
  readonly stored: StoredLayers;
  readonly ignored: LoadedStored['ignored'];
  readonly secrets: SecretVault;
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly health: Health;
  readonly providers: ProviderSet;
  readonly events: EventHub;
  /** A changed configuration is in force. */
  readonly onReload: () => void;
}

/** What changes the configuration while the gateway runs. */
interface ConfigurationServices {
  readonly reloader: Reloader;
  readonly providers: StoredProviders;
  readonly providerRecords: ProviderRecords;
  readonly secrets: StoredSecrets;
}

/** Creates what changes the configuration, each wired to what follows from a change. */
export function configurationServices(
  { config, load, store, variable, clock, log }: AppOptions,
  { onReload, ...parts }: ConfigurationParts,
): ConfigurationServices {
  const { state, stored, ignored, secrets, registry, discovery, health, providers, events } = parts;
  const secret = (name: string): string | undefined => secrets.get(name);
  const providerRecords: ProviderRecords = new ProviderRecords({
    ...{ stored: state.configuration.providers, registry, discovery, store, clock, variable, secret },
    config: () => reloader.current(),
  });
  const reloader: Reloader = new Reloader(
    config,
    stored,
    {
      ...{ load, store, providers, registry, discovery, health, clock, log },
      onStored: (change) => {
        secrets.apply(change.secrets ?? []);
        providerRecords.apply(change);
      },
      onReload: (change) => {
        onReload();
        events.publish('config', configEvent(change));
      },
    },
    new Set(ignored.keys()),
  );
  const vault = {
    get: secret,
    list: () => secrets.list(),
    seal: (name: string, text: string) => secrets.seal(name, text),
    rotate: (actor: string) => secrets.rotate(store, { actor, at: new Date(clock.wall()).toISOString() }),
  };
  return {
    reloader,
    providers: new StoredProviders({ changes: reloader, registry, secrets }),
    providerRecords,
    secrets: new StoredSecrets({
      ...{ changes: reloader, vault },
      inTurn: (change) => registry.inTurn(change),
    }),
  };
}

/** Creates what lists, edits and activates profiles. */
export function profilesOf(
  { directories, store, log }: AppOptions,
  registry: Registry,
  changes: Reloader,
  events: EventHub,
): Profiles {
  const stateProblem = (): string | null => {
    const { available, why } = store.status();
    return available ? null : (why ?? 'unknown reason');
  };
  const onFile = (name: string, actor: string): void => {
    const change = { generation: registry.snapshot.generation, changed: [`profiles.${name}`], actor };
    events.publish('config', configEvent(change));
  };
  return new Profiles({ directories, changes, registry, stateProblem, onFile, log });
}
