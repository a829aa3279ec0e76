import { isDeepStrictEqual } from 'node:util';

import type { Assignment, LaneEntry, NodeEntry, OverrideNote, Snapshot } from '../../routing/snapshot.ts';
import type { AssignmentChange, Override, OverrideKey } from '../../protocol/assignment.ts';

const LANE = 'lane:';
const NONE: ReadonlyMap<string, Override> = new Map();

/** The active overrides, global and per user. */
export class Overrides {
  readonly #byUser = new Map<string | null, Map<string, Override>>();
  #expiring = 0;

  constructor(stored: readonly Override[]) {
    for (const override of stored) this.set(override);
  }

  /** Whether any override can expire. */
  get hasExpiring(): boolean {
    return this.#expiring > 0;
  }

  /** The overrides of a user by subject; `user` null: the global ones. */
  of(user: string | null): ReadonlyMap<string, Override> {
    return this.#byUser.get(user) ?? NONE;
  }

  /** All overrides, global and per user. */
  *[Symbol.iterator](): Generator<Override> {
    for (const overrides of this.#byUser.values()) yield* overrides.values();
  }

  /** The users that have overrides, sorted. */
  users(): string[] {
    return [...this.#byUser.keys()].filter((user) => user !== null).sort();
  }

  /** Those that have expired at `wall` (ms since 1970). */
  due(wall: number): Override[] {
    return this.hasExpiring ? [...this].filter((override) => isExpired(override, wall)) : [];
  }

  set(override: Override): void {
    this.delete(override);
    let overrides = this.#byUser.get(override.user);
    if (overrides === undefined) this.#byUser.set(override.user, (overrides = new Map<string, Override>()));
    overrides.set(override.subject, override);
    if (override.expiresAt !== null) this.#expiring += 1;
  }

  delete({ user, subject }: OverrideKey): void {
    const overrides = this.#byUser.get(user);
    const override = overrides?.get(subject);
    if (overrides === undefined || override === undefined) return;
    overrides.delete(subject);
    if (overrides.size === 0) this.#byUser.delete(user);
    if (override.expiresAt !== null) this.#expiring -= 1;
  }
}

/** Whether an override has expired at `wall` (ms since 1970). */
export function isExpired({ expiresAt }: Override, wall: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= wall;
}

/** The lane that a subject names; null when it names a node. */
export function laneOfSubject(subject: string): string | null {
  return subject.startsWith(LANE) ? subject.slice(LANE.length) : null;
}

/** An assignment as shown in the audit and in events: a full model id or `lane:NAME`. */
export function assignmentLabel({ model, lane }: Assignment): string {
  return model ?? LANE + (lane ?? '');
}

/** Parses a label of `assignmentLabel`. */
export function assignmentOfLabel(label: string): Assignment {
  const lane = laneOfSubject(label);
  return lane === null ? { model: label, lane } : { model: null, lane };
}

/**
 * The snapshot with overrides applied to its nodes and lanes; the same object when none applies. Overrides of unknown
 * nodes and lanes have no effect.
 */
export function applyOverrides(snapshot: Snapshot, overrides: ReadonlyMap<string, Override>): Snapshot {
  const nodes = new Map<string, NodeEntry>();
  const lanes = new Map<string, LaneEntry>();
  for (const [subject, override] of overrides) {
    const laneName = laneOfSubject(subject);
    const lane = laneName === null ? undefined : snapshot.lanes.get(laneName);
    const node = laneName === null ? snapshot.nodes.get(subject) : undefined;
    const note = noteOf(override);
    if (node !== undefined) {
      nodes.set(subject, withOverride(node, override));
    }
    if (lane !== undefined && override.model !== null) {
      lanes.set(lane.name, Object.freeze({ ...lane, override: { model: override.model, ...note } }));
    }
  }
  if (nodes.size + lanes.size === 0) return snapshot;
  return Object.freeze({
    ...snapshot,
    nodes: withReplaced(snapshot.nodes, nodes),
    lanes: withReplaced(snapshot.lanes, lanes),
  });
}

function withOverride(node: NodeEntry, override: Override): NodeEntry {
  const { model, lane, settings } = override;
  const assigned = { ...node, assignment: { model, lane }, override: noteOf(override) };
  if (settings === null) return Object.freeze(assigned);
  return Object.freeze({
    ...assigned,
    override: { ...assigned.override, settings },
    params: Object.freeze({ ...node.params, ...settings.params }),
    fallbacks: settings.fallbacks ?? node.fallbacks,
  });
}

/** Keeps the order of the configuration. */
function withReplaced<Entry>(
  all: ReadonlyMap<string, Entry>,
  changed: ReadonlyMap<string, Entry>,
): ReadonlyMap<string, Entry> {
  return changed.size === 0 ? all : new Map([...all, ...changed]);
}

function noteOf({ reason, actor, at, expiresAt }: Override): OverrideNote {
  return { reason, actor, at, expiresAt };
}

/** The override that a change makes; undefined when it drops one. */
export function overrideOf({
  user,
  subject,
  to,
  reason,
  actor,
  at,
  expiresAt,
}: AssignmentChange): Override | undefined {
  return to === null ? undefined : { user, subject, ...to, reason, actor, at, expiresAt };
}

/** Whether two overrides, or their absence, have the same effect, reason and expiry. */
export function isSameOverride(one: Override | undefined, other: Override | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const { model, lane, settings, reason, expiresAt } = other;
  const isSame = one.model === model && one.lane === lane && isDeepStrictEqual(one.settings, settings);
  return isSame && one.reason === reason && one.expiresAt === expiresAt;
}
