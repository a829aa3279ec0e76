import type { Config } from '../config/config.ts';
import type { ProfileDirectories } from '../config/profiles/profile-files.ts';
import type { StoredLayers } from '../config/stored-layers.ts';
import type { AccessRules } from '../http/authenticate/authenticate.ts';
import type { Log } from '../protocol/log.ts';
import type { SealedSecret } from '../protocol/stored-configuration.ts';
import type { ProviderType } from '../providers/provider-type.ts';
import type { SecretVault } from '../store/secrets/vault.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../util/clock.ts';

/** What acting on engines needs of the process. */
export interface EngineOptions {
  /** A folder of their own in the state directory. */
  readonly directory: string;
  /** Started programs get some of these variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the sensors of the machine are read; `/` except in tests. */
  readonly machineRoot?: string;
}

/** Dependencies of a gateway; tests inject their own. */
export interface AppOptions {
  readonly version: string;
  /** The configuration of the files alone. */
  readonly config: Config;
  /** Loads the configuration, with what calls have set laid over the files. Rejects with `ConfigFaults`. */
  readonly load: (stored: StoredLayers) => Promise<Config>;
  /** Where profiles are read and written. */
  readonly directories: ProfileDirectories;
  readonly types: readonly ProviderType[];
  /** Current value of an environment variable. */
  readonly variable: (name: string) => string | undefined;
  readonly store: Store;
  /** Opens the stored secrets. Throws a StoreFault without the key for them. */
  readonly openSecrets: (sealed: readonly SealedSecret[]) => SecretVault;
  /** The built console. Absent: there is none. */
  readonly consoleDirectory?: string | null;
  readonly access: AccessRules;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** What acting on engines needs. Absent: they are only asked which models they have. */
  readonly engines?: EngineOptions;
  /** Free memory in gigabytes; null: unknown. Absent: that of this machine. */
  readonly freeMemory?: () => Promise<number | null>;
  readonly log: Log;
}
