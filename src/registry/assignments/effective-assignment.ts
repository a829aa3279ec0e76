import type { Labels, Override, OverrideKey } from '../../protocol/assignment.ts';
import type { Assignment, LaneEntry, NodeEntry } from '../../routing/snapshot.ts';
import { assignmentLabel, laneOfSubject } from './overrides.ts';

/** The nodes and lanes as users see them. Both throw 404 for an unknown name. */
export interface AssignmentViews {
  node(name: string, user: string | null): NodeEntry;
  lane(name: string, user: string | null): LaneEntry;
}

/** The current assignment of a subject, the one without its override, and a test for its default. Throws 404. */
export function effectiveAssignment(
  { user, subject }: OverrideKey,
  views: AssignmentViews,
): {
  readonly now: string | null;
  readonly without: string | null;
  readonly isDefault: (to: Assignment) => boolean;
} {
  const laneName = laneOfSubject(subject);
  if (laneName !== null) {
    const globalModel = views.lane(laneName, null).override?.model ?? null;
    return {
      now: views.lane(laneName, user).override?.model ?? null,
      without: user === null ? null : globalModel,
      isDefault: () => false,
    };
  }
  const node = views.node(subject, user);
  // A user without an override gets the global assignment, so a user's override is redundant only when that is the default.
  const without = user === null ? node.default : views.node(subject, null).assignment;
  return {
    now: assignmentLabel(node.assignment),
    without: assignmentLabel(without),
    isDefault: (to) => isSameTarget(to, node.default) && isSameTarget(to, without),
  };
}

/** As `effectiveAssignment`, but nulls for a subject that no longer exists. */
export function effectiveLabels(
  key: OverrideKey,
  views: AssignmentViews,
): { readonly now: string | null; readonly without: string | null } {
  try {
    return effectiveAssignment(key, views);
  } catch {
    return { now: null, without: null };
  }
}

/** The labels for the audit of overrides that are to be dropped. */
export function labelsOfDropped(dropped: readonly Override[], views: AssignmentViews): Labels {
  const labels: Record<string, { from: string; to: string | null }> = {};
  for (const override of dropped) {
    const { user, subject } = override;
    const name = user === null ? subject : `${subject} of ${user}`;
    labels[name] = { from: assignmentLabel(override), to: effectiveLabels(override, views).without };
  }
  return labels;
}

function isSameTarget(one: Assignment, other: Assignment): boolean {
  return one.model === other.model && one.lane === other.lane;
}
