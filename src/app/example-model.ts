import type { Registry } from '../registry/registry.ts';
import type { Health } from '../routing/health.ts';
import { isNotInMemory } from '../routing/residency.ts';
import { planFor } from '../routing/switch-outlook.ts';

/** Ids that need no quoting in a shell or in JSON. */
const PLAIN_ID = /^[\w./:@+-]+$/;

/**
 * The model of the example request in the start table: `auto`, unless every model that it could use has to be loaded
 * first. Such a request is answered 503 where its lane does not wait; one that names the model waits for the load. `now`
 * is monotonic milliseconds.
 */
export function exampleModel(
  { registry, health }: { readonly registry: Registry; readonly health: Health },
  now: number,
): string {
  const { snapshot } = registry;
  const lane = snapshot.lanes.get(snapshot.defaultLane);
  if (lane === undefined) return 'auto';
  const { entries } = planFor({ kind: 'lane', lane }, snapshot, health.at(now));
  if (entries.some(({ code }) => code === null)) return 'auto';
  const unloaded = entries.find(({ code, link }) => code === 'loading' && isNotInMemory(link));
  const id = unloaded?.link.target.id ?? 'auto';
  return PLAIN_ID.test(id) ? id : 'auto';
}
