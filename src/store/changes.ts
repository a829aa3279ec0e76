import type { Database } from './database.ts';
import type { Committed, ResetChange, StoredOverride, StoredState, SwitchChange } from './store.ts';
import { AuditLog } from './tables/audit-log.ts';
import { NodeDurations } from './tables/node-durations.ts';
import { NodeOverrides } from './tables/node-overrides.ts';
import { Settings } from './tables/settings.ts';

/** What the process needs before it may serve. */
export function readState(database: Database): StoredState {
  return {
    generation: new Settings(database).generation(),
    overrides: new NodeOverrides(database).all(),
    durations: new NodeDurations(database).all(),
  };
}

/**
 * The changes of state. Each is one transaction: the change itself, its audit rows and one generation more, or none
 * of them. A call that changes nothing writes nothing. The same calls as `Store` has, synchronous.
 */
export class Changes {
  readonly #settings: Settings;
  readonly #overrides: NodeOverrides;
  readonly #audit: AuditLog;
  readonly #transaction: <T>(change: () => T) => T;

  constructor(database: Database) {
    this.#settings = new Settings(database);
    this.#overrides = new NodeOverrides(database);
    this.#audit = new AuditLog(database);
    this.#transaction = (change) => database.transaction(change).immediate();
  }

  switchNode(change: SwitchChange): Committed {
    return this.#transaction(() => {
      const stored = this.#overrides.find(change.node);
      if (isAsAsked(stored, change)) return this.#unchanged();
      const { node, to, action, reason, actor, at, fromLabel, toLabel } = change;
      if (to === null) this.#overrides.remove(node);
      else this.#overrides.put({ node, model: to.model, lane: to.lane, reason, actor, at });
      this.#audit.append({ at, actor, action, subject: node, from: fromLabel, to: toLabel, reason });
      return this.#changed();
    });
  }

  resetNodes({ actor, at, labels }: ResetChange): Committed & { readonly subjects: readonly string[] } {
    return this.#transaction(() => {
      const overrides = this.#overrides.all();
      if (overrides.length === 0) return { ...this.#unchanged(), subjects: [] };
      this.#overrides.removeAll();
      for (const override of overrides) {
        const subject = override.node;
        const from = labels[subject]?.from ?? targetLabel(override);
        const to = labels[subject]?.to ?? null;
        this.#audit.append({ at, actor, action: 'reset', subject, from, to, reason: null });
      }
      return { ...this.#changed(), subjects: overrides.map((override) => override.node) };
    });
  }

  noteConfiguration(fingerprint: string, at: string): Committed {
    return this.#transaction(() => {
      const stored = this.#settings.configurationFingerprint();
      if (stored === fingerprint) return this.#unchanged();
      this.#settings.setConfigurationFingerprint(fingerprint);
      if (stored !== null) {
        const entry = {
          at,
          actor: 'local',
          action: 'reload',
          subject: 'configuration',
          reason: null,
        } as const;
        this.#audit.append({ ...entry, from: stored, to: fingerprint });
      }
      return this.#changed();
    });
  }

  #changed(): Committed {
    return { generation: this.#settings.nextGeneration() };
  }

  #unchanged(): Committed {
    return { generation: this.#settings.generation() };
  }
}

/** The same target with a new reason is a change (API section 4); another actor alone is not. */
function isAsAsked(stored: StoredOverride | undefined, { to, reason }: SwitchChange): boolean {
  if (stored === undefined || to === null) return stored === undefined && to === null;
  return stored.model === to.model && stored.lane === to.lane && stored.reason === reason;
}

function targetLabel({ model, lane }: StoredOverride): string | null {
  return lane === null ? model : `lane:${lane}`;
}
