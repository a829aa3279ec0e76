/** Identifies an override. */
export interface OverrideKey {
  /** null: the global override. */
  readonly user: string | null;
  /** A node by its name, or `lane:NAME`: the model put at the head of that lane's chain. */
  readonly subject: string;
}

/** What an override sets besides the assignment of a node. */
export interface OverrideSettings {
  /** Laid over the node's configured parameters. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Full model ids that replace the node's fallbacks; null: those stay. */
  readonly fallbacks: readonly string[] | null;
}

/** An active override. Exactly one of `model` and `lane` is set; a lane's override is always a model. */
export interface Override extends OverrideKey {
  readonly model: string | null;
  readonly lane: string | null;
  /** null for a lane, and where the configured ones apply. */
  readonly settings: OverrideSettings | null;
  readonly reason: string | null;
  readonly actor: string;
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
}

/** What an override is changed to. */
export type OverrideTarget = Pick<Override, 'model' | 'lane' | 'settings'>;

/** A change of one assignment; dropping an override that does not exist changes nothing. */
export interface AssignmentChange extends OverrideKey {
  /** null drops the override: back to the default. */
  readonly to: OverrideTarget | null;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
  /** For the audit row: full model id or `lane:NAME`; null where there is neither (a lane without an override). */
  readonly fromLabel: string | null;
  readonly toLabel: string | null;
  readonly action: 'switch' | 'reset' | 'undo';
  /** With `undo`: the step that is undone, with all later ones. */
  readonly undoes: number | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** For audit rows, by subject (a user's own: `SUBJECT of USER`): the assignment before and after the change. */
export type Labels = Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>;

/** Drops all global overrides. */
export interface ResetChange {
  readonly actor: string;
  readonly at: string;
  readonly labels: Labels;
}

/** Drops the overrides that have expired at `at`; the actor is `expiry`. */
export interface ExpiryChange {
  readonly at: string;
  readonly labels: Labels;
}

/** One change of a subject, as `undo` reverts it. */
export interface AssignmentStep {
  /** Number of its audit row. */
  readonly seq: number;
  /** The override before the change; null: the default applied. */
  readonly before: Override | null;
}

/** Result of a durable change. */
export interface Committed {
  readonly generation: number;
}

/** Duration of the last complete request of a node or lane through one target. */
export interface NodeDuration {
  /** A node, or `lane:NAME`: no node has such a name. */
  readonly node: string;
  readonly target: string;
  readonly lastMs: number;
  /** When the request started, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Persists assignments; the registry changes nothing in memory before a call has resolved. */
export interface AssignmentStore {
  /** Sets or drops the override of a node or a lane: override, audit row and generation in one transaction. */
  assign(change: AssignmentChange): Promise<Committed>;
  /** The same for several overrides: all in one transaction with one generation. */
  assignAll(changes: readonly AssignmentChange[]): Promise<Committed>;
  /** Drops all global overrides; those of users stay. Without a change: no audit row, same generation. */
  resetAssignments(change: ResetChange): Promise<Committed & { readonly subjects: readonly string[] }>;
  /** Drops expired overrides, global and per user, with one audit row each and one generation for all. */
  expireAssignments(change: ExpiryChange): Promise<Committed & { readonly expired: readonly OverrideKey[] }>;
  /** The newest change of a subject that has not been undone, among those numbered below `before`; null: none. */
  lastStep(key: OverrideKey, before: number | null): Promise<AssignmentStep | null>;
}
