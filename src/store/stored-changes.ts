import type { Committed } from '../protocol/assignment.ts';
import type { RewrapChange, StoredChange } from '../protocol/stored-configuration.ts';
import type { Database } from './files/database.ts';
import { AuditLog } from './tables/audit-log.ts';
import { OverrideDrops } from './override-drops.ts';
import { NodeOverrides } from './tables/node-overrides.ts';
import { Providers } from './tables/providers.ts';
import { Secrets } from './tables/secrets.ts';
import { Settings } from './tables/settings.ts';

/** The subject of the audit rows of rotations. */
const MASTER_KEY = 'master_key';

/** The calls of `Store` that change what calls have stored of the configuration, synchronous. */
export class StoredChanges {
  readonly #settings: Settings;
  readonly #audit: AuditLog;
  readonly #providers: Providers;
  readonly #secrets: Secrets;
  readonly #overrides: NodeOverrides;
  readonly #drops: OverrideDrops;
  readonly #transaction: <T>(change: () => T) => T;

  constructor(database: Database) {
    this.#settings = new Settings(database);
    this.#audit = new AuditLog(database, this.#settings);
    this.#providers = new Providers(database);
    this.#secrets = new Secrets(database);
    this.#overrides = new NodeOverrides(database);
    this.#drops = new OverrideDrops(this.#overrides, this.#audit);
    this.#transaction = (change) => database.transaction(change).immediate();
  }

  /** One transaction of the rows, the audit row, the fingerprint and the generation. */
  change(change: StoredChange): Committed {
    return this.#transaction(() => {
      const { providers = [], secrets = [], activeProfile, fingerprint, at } = change;
      for (const provider of providers) this.#providers.change(provider, at);
      for (const secret of secrets) this.#secrets.change(secret, at);
      if (activeProfile !== undefined) this.#settings.setActiveProfile(activeProfile);
      this.#settings.setConfigurationFingerprint(fingerprint);
      const { overrides: keys = [], labels = {} } = change.dropped ?? {};
      const overrides = keys.flatMap((key) => this.#overrides.find(key) ?? []);
      this.#drops.drop(overrides, { action: 'reset', actor: change.actor, at, labels });
      const { actor, action, subject, from, to, reason } = change;
      this.#audit.append({
        ...{ at, actor, action, subject, user: null, from, to, reason },
        ...{ before: null, undoes: null },
      });
      return { generation: this.#settings.nextGeneration() };
    });
  }

  /** One row in the audit for each rotation, however many parts and starts of the gateway it takes. */
  rewrap({ secrets, from, to, actor, at }: RewrapChange): null {
    return this.#transaction(() => {
      for (const secret of secrets) this.#secrets.rewrap(secret);
      if (this.#audit.newestOf(MASTER_KEY)?.to === to) return null;
      this.#audit.append({
        ...{ at, actor, action: 'provider', subject: MASTER_KEY, user: null, from, to },
        ...{ reason: null, before: null, undoes: null },
      });
      return null;
    });
  }

  noteValidation(providerId: string, at: string): null {
    this.#providers.setValidated(providerId, at);
    return null;
  }
}
