import type { Config } from '../config/config.ts';
import type { ExecutionPorts } from '../execution/ports.ts';
import type { ProbeStatus } from '../registry/discovery.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../util/clock.ts';
import type { EventHub } from './events/event-hub.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { AccessRules } from './authenticate/access.ts';
import type { Log } from '../protocol/log.ts';

/** What the HTTP surface needs of the rest of the house; `app.ts` fills it. */
export interface HttpPorts {
  readonly version: string;
  /** Largest request body on the data plane. */
  readonly maxBodyBytes: number;
  readonly access: AccessRules;
  readonly clock: Clock;
  /** Makes `x-request-id`s. */
  readonly nextId: () => string;
  readonly log: Log;
  readonly execution: ExecutionPorts;
  readonly registry: Registry;
  /** How the probing of a provider goes; null where nothing is probed. */
  readonly probe: (providerId: string) => ProbeStatus | null;
  readonly store: Store;
  readonly configuration: ConfigurationPort;
  readonly events: EventHub;
  readonly metrics: Metrics;
}

/** A part of the configuration by its key, to any depth. */
export interface ConfigTree {
  readonly [key: string]: unknown;
}

/** The configuration in force, and the way to read its files again. */
export interface ConfigurationPort {
  current(): Config;
  /** The configuration in force as files would write it, without secrets. */
  effective(): ConfigTree;
  /** The same with `{"value","layer"}` in place of each leaf. */
  explained(): ConfigTree;
  /**
   * Reads the files again. Rejects with a `GatewayError` (`invalid_body`, every fault in `detail.faults`) when they
   * cannot be used, and with `StoreUnavailable` when the change cannot be noted; nothing has changed then. `changed` is
   * empty, and the generation the same, when nothing is different.
   */
  reload(actor: string): Promise<{ readonly generation: number; readonly changed: readonly string[] }>;
}
