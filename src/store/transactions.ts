import { isDeepStrictEqual } from 'node:util';
import type { Database } from './files/database.ts';
import type {
  AssignmentChange,
  AssignmentStep,
  Committed,
  ExpiryChange,
  Labels,
  Override,
  OverrideKey,
  ResetChange,
} from '../protocol/assignment.ts';
import type { ConfigurationChange, StoredState } from './store.ts';
import { AuditLog, auditSubject } from './tables/audit-log.ts';
import { NodeDurations } from './tables/node-durations.ts';
import { NodeOverrides } from './tables/node-overrides.ts';
import { Providers } from './tables/providers.ts';
import { Secrets } from './tables/secrets.ts';
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
  };
}

/** Who drops overrides, when, and how the audit records it. */
interface Drop {
  readonly action: 'reset' | 'expire';
  readonly actor: string;
  readonly at: string;
  readonly labels: Labels;
}

/**
 * The calls of `Store` that change the state, synchronous. Each is one transaction of the change, its audit rows and
 * the incremented generation. A call that changes nothing writes nothing.
 */
export class Transactions {
  readonly #settings: Settings;
  readonly #overrides: NodeOverrides;
  readonly #audit: AuditLog;
  readonly #transaction: <T>(change: () => T) => T;

  constructor(database: Database) {
    this.#settings = new Settings(database);
    this.#overrides = new NodeOverrides(database);
    this.#audit = new AuditLog(database, this.#settings);
    this.#transaction = (change) => database.transaction(change).immediate();
  }

  assignAll(changes: readonly AssignmentChange[]): Committed {
    return this.#transaction(() => {
      const changed = changes.filter((change) => this.#assign(change));
      return changed.length === 0 ? this.#unchanged() : this.#changed();
    });
  }

  resetAssignments(change: ResetChange): Committed & { readonly subjects: readonly string[] } {
    return this.#transaction(() => {
      const overrides = this.#overrides.global();
      const committed = this.#drop(overrides, { ...change, action: 'reset' });
      return { ...committed, subjects: overrides.map(({ subject }) => subject) };
    });
  }

  expireAssignments(change: ExpiryChange): Committed & { readonly expired: readonly OverrideKey[] } {
    return this.#transaction(() => {
      const overrides = this.#overrides.expired(change.at);
      const committed = this.#drop(overrides, { ...change, action: 'expire', actor: 'expiry' });
      return { ...committed, expired: overrides.map(({ user, subject }) => ({ user, subject })) };
    });
  }

  lastStep(key: OverrideKey, before: number | null): AssignmentStep | null {
    const step = this.#audit.lastStep(key, before);
    return step === undefined ? null : { seq: step.seq, before: overrideOf(key, step.before) };
  }

  noteConfiguration({ fingerprint, actor, summary, at }: ConfigurationChange): Committed {
    return this.#transaction(() => {
      const stored = this.#settings.configurationFingerprint();
      if (stored === fingerprint) return this.#unchanged();
      this.#settings.setConfigurationFingerprint(fingerprint);
      if (stored !== null) {
        this.#audit.append({
          ...{ at, actor, action: 'reload', subject: 'configuration', user: null },
          ...{ from: stored, to: fingerprint, reason: summary, before: null, undoes: null },
        });
      }
      return this.#changed();
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

  #drop(overrides: readonly Override[], { action, actor, at, labels }: Drop): Committed {
    if (overrides.length === 0) return this.#unchanged();
    for (const override of overrides) {
      const { subject, user } = override;
      const label = labels[auditSubject(override)];
      this.#overrides.remove(override);
      this.#audit.append({
        ...{ at, actor, action, subject, user, from: label?.from ?? targetLabel(override) },
        ...{ to: label?.to ?? null, reason: null, before: stepText(override), undoes: null },
      });
    }
    return this.#changed();
  }

  #changed(): Committed {
    return { generation: this.#settings.nextGeneration() };
  }

  #unchanged(): Committed {
    return { generation: this.#settings.generation() };
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

/** An override as the audit stores it for undo. */
function stepText(override: Override | undefined): string {
  if (override === undefined) return 'null';
  const { model, lane, settings, reason, actor, at, expiresAt } = override;
  return JSON.stringify({ model, lane, settings, reason, actor, at, expiresAt });
}

/** `settings` is missing in rows of earlier versions. */
type StepOverride = Omit<Override, 'user' | 'subject' | 'settings'> & Partial<Pick<Override, 'settings'>>;

function overrideOf(key: OverrideKey, text: string): Override | null {
  const override = JSON.parse(text) as StepOverride | null;
  return override === null
    ? null
    : { user: key.user, subject: key.subject, ...override, settings: override.settings ?? null };
}

function targetLabel({ model, lane }: Override): string | null {
  return lane === null ? model : `lane:${lane}`;
}
