import type { ListingChange } from '../../registry/discovery.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Reloaded } from '../../registry/reload.ts';
import type { Health } from '../../routing/health.ts';
import type { EventHub } from './event-hub.ts';
import { switchEvent } from './switch-event.ts';

/** Tells readers of events of every switch and every change of mood. */
export function publishChanges(events: EventHub, registry: Registry, health: Health): void {
  registry.onAssignment((event) => {
    events.publish('switch', switchEvent(event));
  });
  health.onChange(({ provider, target, deferral, cause }) => {
    events.publish('health', { provider, target, code: deferral, cause });
  });
}

/** What a `discovery` event tells: ids that a server's list has or lacks now, and how many it names. */
export function discoveryEvent({
  providerId,
  added,
  removed,
  models,
}: ListingChange): Record<string, unknown> {
  return { provider: providerId, added, removed, models };
}

/** What a `config` event tells. */
export function configEvent({
  generation,
  changed,
  actor,
}: Reloaded & { readonly actor: string }): Record<string, unknown> {
  return { generation, changed, actor };
}
