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
import { newestNumber } from './tables/requests.ts';
import { Settings } from './tables/settings.ts';

/** Reads the state that a start needs. */
export function readState(database: Database): StoredState {
  return {
    generation: new Settings(database).generation(),
    overrides: new NodeOverrides(database).all(),
    durations: new NodeDurations(database).all(),
    newestRequest: newestNumber(database),
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

  assign(change: AssignmentChange): Committed {
    return this.#transaction(() => {
      const stored = this.#overrides.find(change);
      if (changesNothing(stored, change)) return this.#unchanged();
      const { user, subject, to, expiresAt, action, undoes, reason, actor, at } = change;
      if (to === null) this.#overrides.remove(change);
      else
        this.#overrides.put({ user, subject, model: to.model, lane: to.lane, reason, actor, at, expiresAt });
      this.#audit.append({
        ...{ at, actor, action, subject, user, from: change.fromLabel, to: change.toLabel, reason },
        ...{ before: stepText(stored), undoes },
      });
      return this.#changed();
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
  const sameTarget = stored.model === to.model && stored.lane === to.lane;
  return sameTarget && stored.reason === reason && stored.expiresAt === expiresAt;
}

/** An override as the audit stores it for undo. */
function stepText(override: Override | undefined): string {
  if (override === undefined) return 'null';
  const { model, lane, reason, actor, at, expiresAt } = override;
  return JSON.stringify({ model, lane, reason, actor, at, expiresAt });
}

function overrideOf(key: OverrideKey, text: string): Override | null {
  const override = JSON.parse(text) as Omit<Override, 'user' | 'subject'> | null;
  return override === null ? null : { user: key.user, subject: key.subject, ...override };
}

function targetLabel({ model, lane }: Override): string | null {
  return lane === null ? model : `lane:${lane}`;
}
