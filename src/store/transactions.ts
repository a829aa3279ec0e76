import { isDeepStrictEqual } from 'node:util';
import type { Database } from './files/database.ts';
import type {
  AssignmentChange,
  AssignmentStep,
  Committed,
  ExpiryChange,
  Override,
  OverrideKey,
  ResetChange,
} from '../protocol/assignment.ts';
import { OverrideDrops, stepText } from './override-drops.ts';
import type { ConfigurationChange, StoredState } from './store.ts';
import { AuditLog } from './tables/audit-log.ts';
import { EngineFootprints } from './tables/engine-footprints.ts';
import { NodeDurations } from './tables/node-durations.ts';
import { NodeOverrides } from './tables/node-overrides.ts';
import { PoolClaims } from './tables/pool-claims.ts';
import { Providers } from './tables/providers.ts';
import { Secrets } from './tables/secrets.ts';
import { newestNumber } from './tables/requests.ts';
import { Settings } from './tables/settings.ts';

/** Reads the state that a start needs. */
export function readState(database: Database): StoredState {
  return {
    generation: new Settings(database).generation(),
    overrides: new NodeOverrides(database).all(),
    durations: new NodeDurations(database).all(),
    configuration: {
      providers: new Providers(database).all(),
      secrets: new Secrets(database).all(),
      activeProfile: new Settings(database).activeProfile(),
    },
    engines: {
      footprints: new EngineFootprints(database).all(),
      claims: new PoolClaims(database).all(),
    },
    newestRequest: newestNumber(database),
  };
}

/**
 * The calls of `Store` that change the state, synchronous. Each is one transaction of the change, its audit rows and
 * the incremented generation. A call that changes nothing writes nothing.
 */
export class Transactions {
  readonly #settings: Settings;
  readonly #overrides: NodeOverrides;
  readonly #audit: AuditLog;
  readonly #drops: OverrideDrops;
  readonly #transaction: <T>(change: () => T) => T;

  constructor(database: Database) {
    this.#settings = new Settings(database);
    this.#overrides = new NodeOverrides(database);
    this.#audit = new AuditLog(database, this.#settings);
    this.#drops = new OverrideDrops(this.#overrides, this.#audit);
    this.#transaction = (change) => database.transaction(change).immediate();
  }

  assignAll(changes: readonly AssignmentChange[]): Committed {
    return this.#transaction(() => {
      const changed = changes.filter((change) => this.#assign(change));
      return this.#committed(changed.length > 0);
    });
  }

  resetAssignments(change: ResetChange): Committed & { readonly subjects: readonly string[] } {
    return this.#transaction(() => {
      const overrides = this.#overrides.global();
      this.#drops.drop(overrides, { ...change, action: 'reset' });
      return { ...this.#committed(overrides.length > 0), subjects: overrides.map(({ subject }) => subject) };
    });
  }

  expireAssignments(change: ExpiryChange): Committed & { readonly expired: readonly OverrideKey[] } {
    return this.#transaction(() => {
      const overrides = this.#overrides.expired(change.at);
      this.#drops.drop(overrides, { ...change, action: 'expire', actor: 'expiry' });
      return {
        ...this.#committed(overrides.length > 0),
        expired: overrides.map(({ user, subject }) => ({ user, subject })),
      };
    });
  }

  lastStep(key: OverrideKey, before: number | null): AssignmentStep | null {
    const step = this.#audit.lastStep(key, before);
    return step === undefined ? null : { seq: step.seq, before: overrideOf(key, step.before) };
  }

  noteConfiguration({ fingerprint, actor, summary, at }: ConfigurationChange): Committed {
    return this.#transaction(() => {
      const stored = this.#settings.configurationFingerprint();
      if (stored === fingerprint) return this.#committed(false);
      this.#settings.setConfigurationFingerprint(fingerprint);
      if (stored !== null) {
        this.#audit.append({
          ...{ at, actor, action: 'reload', subject: 'configuration', user: null },
          ...{ from: stored, to: fingerprint, reason: summary, before: null, undoes: null },
        });
      }
      return this.#committed(true);
    });
  }

  /** false: it changes nothing. */
  #assign(change: AssignmentChange): boolean {
    const stored = this.#overrides.find(change);
    if (changesNothing(stored, change)) return false;
    const { user, subject, to, expiresAt, action, undoes, reason, actor, at } = change;
    if (to === null) this.#overrides.remove(change);
    else this.#overrides.put({ user, subject, ...to, reason, actor, at, expiresAt });
    this.#audit.append({
      ...{ at, actor, action, subject, user, from: change.fromLabel, to: change.toLabel, reason },
      ...{ before: stepText(stored), undoes },
    });
    return true;
  }

  #committed(isChanged: boolean): Committed {
    return { generation: isChanged ? this.#settings.nextGeneration() : this.#settings.generation() };
  }
}

/** The same target with a new reason or expiry is a change; a different actor alone is not. */
function changesNothing(stored: Override | undefined, change: AssignmentChange): boolean {
  const { to, reason, expiresAt } = change;
  if (stored === undefined || to === null) return stored === undefined && to === null;
  const sameTarget =
    stored.model === to.model && stored.lane === to.lane && isDeepStrictEqual(stored.settings, to.settings);
  return sameTarget && stored.reason === reason && stored.expiresAt === expiresAt;
}

/** `settings` is missing in rows of earlier versions. */
type StepOverride = Omit<Override, 'user' | 'subject' | 'settings'> & Partial<Pick<Override, 'settings'>>;

function overrideOf(key: OverrideKey, text: string): Override | null {
  const override = JSON.parse(text) as StepOverride | null;
  return override === null
    ? null
    : { user: key.user, subject: key.subject, ...override, settings: override.settings ?? null };
}
