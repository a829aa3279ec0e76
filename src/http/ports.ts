import type { ExecutionPorts } from '../execution/ports.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../util/clock.ts';
import type { OriginRules } from './plugins/origin-guard.ts';

/** What the HTTP surface needs of the rest of the house; `app.ts` fills it. */
export interface HttpPorts {
  readonly version: string;
  /** Largest request body on the data plane. */
  readonly maxBodyBytes: number;
  readonly origins: OriginRules;
  readonly clock: Clock;
  /** Makes `x-request-id`s. */
  readonly nextId: () => string;
  readonly log: HttpLog;
  readonly execution: ExecutionPorts;
  readonly registry: Registry;
  readonly store: Store;
}

/** The log lines that the HTTP surface writes. */
export interface HttpLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
