import type { AssignmentEvent } from '../../registry/assignments/assignments.ts';
import type { ListingChange } from '../../registry/providers/discovery.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Reloaded } from '../../registry/reload.ts';
import type { Health } from '../../routing/health.ts';
import type { EventHub } from './event-hub.ts';

/** Publishes every assignment change and every change of a target's health. */
export function publishChanges(events: EventHub, registry: Registry, health: Health): void {
  registry.onAssignment((event) => {
    events.publish('switch', switchEvent(event));
  });
  health.onChange(({ provider, target, deferral, cause }) => {
    events.publish('health', { provider, target, code: deferral, cause });
  });
}

/** Data of a `switch` event. */
export function switchEvent(event: AssignmentEvent): Record<string, unknown> {
  const { key, from, to, actor, reason, generation, switchId } = event;
  return {
    // A change of several subjects at once (a reset, an expiry) has one id.
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

/** Data of a `discovery` event: the ids added to and removed from a server's list, those with another status, and its length. */
export function discoveryEvent({
  providerId,
  added,
  removed,
  changed,
  models,
}: ListingChange): Record<string, unknown> {
  return { provider: providerId, added, removed, changed, models };
}

/** Data of a `config` event. */
export function configEvent({
  generation,
  changed,
  actor,
}: Reloaded & { readonly actor: string }): Record<string, unknown> {
  return { generation, changed, actor };
}
