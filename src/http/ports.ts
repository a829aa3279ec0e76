import type { Config } from '../config/config.ts';
import type { Engines } from '../engines/engines.ts';
import type { ExecutionPorts } from '../execution/ports.ts';
import type { ProbeStatus } from '../registry/providers/discovery.ts';
import type { ProviderRecords } from '../registry/providers/provider-records.ts';
import type { Profiles } from '../registry/profiles/profiles.ts';
import type { Registry } from '../registry/registry.ts';
import type { StoredProviders } from '../registry/providers/stored-providers.ts';
import type { StoredSecrets } from '../registry/providers/stored-secrets.ts';
import type { StoredLayers } from '../config/stored-layers.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../util/clock.ts';
import type { EventHub } from './events/event-hub.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { RecentTraffic } from './metrics/recent-traffic.ts';
import type { OllamaListener } from './ollama-listener.ts';
import type { RefusedRequests } from './refusals/refusals.ts';
import type { AccessRules } from './authenticate/authenticate.ts';
import type { Sessions } from './authenticate/sessions.ts';
import type { Log } from '../protocol/log.ts';

/** What the HTTP layer needs from the rest of the gateway; `src/app.ts` wires it. */
export interface HttpPorts {
  readonly version: string;
  /** Largest request body of the data plane. */
  readonly maxBodyBytes: number;
  readonly access: AccessRules;
  readonly clock: Clock;
  /** Generates request ids. */
  readonly nextId: () => string;
  readonly log: Log;
  readonly execution: ExecutionPorts;
  readonly registry: Registry;
  readonly engines: Engines;
  /** Probe status of a provider; null when it is not probed. */
  readonly probe: (providerId: string) => ProbeStatus | null;
  readonly store: Store;
  readonly configuration: ConfigurationPort;
  readonly providers: StoredProviders;
  readonly providerRecords: ProviderRecords;
  readonly secrets: StoredSecrets;
  readonly profiles: Profiles;
  readonly events: EventHub;
  readonly metrics: Metrics;
  readonly recent: RecentTraffic;
  readonly sessions: Sessions;
  readonly refusals: RefusedRequests;
  readonly ollama: Pick<OllamaListener, 'has'>;
  /** The built console; null: there is none. */
  readonly consoleDirectory: string | null;
}

/** A part of the configuration, nested to any depth. */
export interface ConfigTree {
  readonly [key: string]: unknown;
}

/** The configuration in effect, and how to reload its files. */
export interface ConfigurationPort {
  current(): Config;
  /** The configuration in effect, in the shape of the files, without secrets. */
  effective(): ConfigTree;
  /** The same with each leaf replaced by `{"value","layer"}`. */
  explained(): ConfigTree;
  /** Looks up the layer of a value by its path, as `explained` names it. */
  layers(): (path: readonly string[]) => string;
  /** What calls have set of the configuration. */
  readonly stored: StoredLayers;
  /**
   * Reloads the files. Rejects with a `GatewayError` (`invalid_body`, every fault in `detail.faults`) when they are
   * invalid, and with `StoreUnavailable` when the change cannot be recorded; the configuration is then unchanged. When
   * the files have not changed, `changed` is empty and the generation stays the same.
   */
  reload(actor: string): Promise<{ readonly generation: number; readonly changed: readonly string[] }>;
}
