import type { ProviderSet } from '../providers/provider-set.ts';
import { MemoryWatch } from '../registry/snapshot/memory-watch.ts';
import { Registry } from '../registry/registry.ts';
import { StoreUnavailable, type StoredState } from '../store/store.ts';
import { freeMemoryGb } from '../util/free-memory.ts';
import type { AppOptions } from './options.ts';

/** Restores the registry from the store under the current configuration. Expired overrides are removed first. */
export async function restoreRegistry(
  options: AppOptions,
  stored: StoredState,
  providers: ProviderSet,
): Promise<Registry> {
  const { config, store, clock } = options;
  const generation = await firstGeneration(options, stored.generation);
  const { overrides, durations } = stored;
  const parts = { config, providers: providers.current, overrides, durations, generation };
  const registry = new Registry({ ...parts, store, clock });
  await registry.expireDue();
  registry.onWarning((message) => {
    options.log.warn({}, message);
  });
  registry.onAssignment(({ actor, key: { subject, user }, from, to, reason }) => {
    const fields = { subject, ...(user === null ? {} : { user }), from, to, actor };
    if (actor === 'rollback')
      options.log.warn(fields, `the switch of ${subject} was rolled back: ${reason ?? ''}`);
    // The reason is in the audit: it is free text.
    else
      options.log.info(
        fields,
        `${subject} was switched from ${from ?? 'its default'} to ${to ?? 'its default'}`,
      );
  });
  return registry;
}

/** Increments the generation if the configuration changed while the gateway was down and the store is writable. */
async function firstGeneration({ store, config, clock }: AppOptions, stored: number): Promise<number> {
  const at = new Date(clock.wall()).toISOString();
  try {
    const change = { fingerprint: config.fingerprint, actor: 'local', summary: null, at };
    return (await store.noteConfiguration(change)).generation;
  } catch (error) {
    if (error instanceof StoreUnavailable) return stored;
    throw error;
  }
}

/** Starts reading the free memory while a model's memory matters. */
export function startMemoryWatch({ freeMemory }: AppOptions, registry: Registry): MemoryWatch {
  const memory = new MemoryWatch({
    read: freeMemory ?? freeMemoryGb,
    isNeeded: () => registry.needsMemory,
    report: (freeGb) => {
      registry.applyFreeMemory(freeGb);
    },
  });
  void memory.start();
  return memory;
}
