/** Where assignments are kept; the registry changes nothing in memory before this has it. */
export interface AssignmentStore {
  switchNode(change: {
    readonly node: string;
    readonly to: { readonly model: string | null; readonly lane: string | null } | null;
    readonly fromLabel: string;
    readonly toLabel: string;
    readonly action: 'switch' | 'reset';
    readonly reason: string | null;
    readonly actor: string;
    readonly at: string;
  }): Promise<{ readonly generation: number }>;
  resetNodes(change: {
    readonly actor: string;
    readonly at: string;
    readonly labels: Readonly<Record<string, { readonly from: string; readonly to: string }>>;
  }): Promise<{ readonly generation: number; readonly subjects: readonly string[] }>;
}

/** An override as it was stored; exactly one of `model` and `lane` is set. */
export interface Override {
  readonly node: string;
  readonly model: string | null;
  readonly lane: string | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** The last whole request of a node through one target. */
export interface NodeDuration {
  readonly node: string;
  readonly target: string;
  readonly lastMs: number;
  readonly at: string;
}
