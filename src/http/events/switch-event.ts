import type { AssignmentEvent } from '../../registry/assignments.ts';

/** A change of assignment as the data of a `switch` event (API section 5). */
export function switchEvent(event: AssignmentEvent): Record<string, unknown> {
  const { key, from, to, actor, reason, generation, switchId } = event;
  return {
    // Several subjects that one change moves (a reset, an expiry) share its id.
    switch_id: switchId ?? `sw_${generation}`,
    kind: 'assignment',
    state: 'done',
    progress: 1,
    node: key.subject,
    user: key.user,
    from,
    to,
    actor,
    reason,
    generation,
  };
}
