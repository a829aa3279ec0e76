/** Where assignments are kept; the registry changes nothing in memory before this has it. Part of `Store`. */
export interface AssignmentStore {
  assign(change: AssignmentChange): Promise<Committed>;
  resetAssignments(change: {
    readonly actor: string;
    readonly at: string;
    readonly labels: Labels;
  }): Promise<Committed & { readonly subjects: readonly string[] }>;
  expireAssignments(change: {
    readonly at: string;
    readonly labels: Labels;
  }): Promise<Committed & { readonly expired: readonly OverrideKey[] }>;
  lastStep(
    key: OverrideKey,
    before: number | null,
  ): Promise<{ readonly seq: number; readonly before: Override | null } | null>;
}

/** What a change left behind. */
export interface Committed {
  readonly generation: number;
}

/** Whose override of what. */
export interface OverrideKey {
  /** null: everybody's. */
  readonly user: string | null;
  /** A node by its name, or `lane:NAME`: the model in front of that lane's chain. */
  readonly subject: string;
}

/** An override as it is stored; exactly one of `model` and `lane` is set, for a lane always `model`. */
export interface Override extends OverrideKey {
  readonly model: string | null;
  readonly lane: string | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
  /** ISO 8601; null: it stays. */
  readonly expiresAt: string | null;
}

/** One change of one assignment, as the store takes it. */
export interface AssignmentChange extends OverrideKey {
  readonly to: { readonly model: string | null; readonly lane: string | null } | null;
  readonly expiresAt: string | null;
  readonly fromLabel: string | null;
  readonly toLabel: string | null;
  readonly action: 'switch' | 'reset' | 'undo';
  readonly undoes: number | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** For audit rows, by subject (a user's own: `SUBJECT of USER`): what it points at now and afterwards. */
export type Labels = Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>;

/** The last whole request of a node through one target. */
export interface NodeDuration {
  readonly node: string;
  readonly target: string;
  readonly lastMs: number;
  readonly at: string;
}
