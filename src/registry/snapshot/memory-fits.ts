import type { MemoryShortage, ModelEntry } from '../../routing/snapshot.ts';

/** A request loads its model; until a list shows it as loaded, the memory that it takes must not exclude it. */
const LOADING_MS = 5 * 60_000;

/**
 * Compares what models need (`min_memory_gb`, `recommended_memory_gb`) with the memory of this machine that is free. Only
 * models that are known not to be loaded, of servers on this machine, can lack memory. What the other models of the same
 * server take counts as free, since it unloads them to make room.
 */
export class MemoryFits {
  readonly #now: () => number;
  /** Gigabytes; null: unknown. */
  #freeGb: number | null = null;
  /** When a request was last sent to a model that was not loaded; monotonic ms. */
  readonly #loading = new Map<string, number>();

  /** `now` gives monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new reading. Returns whether `models`, as marked before, are to be marked again. */
  update(freeGb: number | null, models: ReadonlyMap<string, ModelEntry>): boolean {
    this.#freeGb = freeGb;
    return summary(models.values()) !== summary(this.#marked(models));
  }

  /** A request is sent to this model. */
  began({ id, status }: ModelEntry): void {
    if (status === 'unloaded') this.#loading.set(id, this.#now());
  }

  /** The models with what they lack. */
  mark(models: ReadonlyMap<string, ModelEntry>): ReadonlyMap<string, ModelEntry> {
    if (this.#freeGb === null && !hasShortage(models)) return models;
    return new Map(Array.from(this.#marked(models), (model) => [model.id, model]));
  }

  *#marked(models: ReadonlyMap<string, ModelEntry>): Generator<ModelEntry> {
    for (const model of models.values()) {
      const { memoryShortage: _, ...rest } = model;
      const shortage = this.#shortage(model, models);
      if (shortage !== null) yield Object.freeze({ ...rest, memoryShortage: shortage });
      else yield model.memoryShortage === undefined ? model : Object.freeze(rest);
    }
  }

  #shortage(model: ModelEntry, models: ReadonlyMap<string, ModelEntry>): MemoryShortage | null {
    const { min_memory_gb: min, recommended_memory_gb: recommended } = model.capabilities;
    if (this.#freeGb === null || (min === undefined && recommended === undefined)) return null;
    if (model.status !== 'unloaded' || model.provider.onThisMachine !== true || model.remote === true)
      return null;
    if (this.#now() - (this.#loading.get(model.id) ?? -Infinity) < LOADING_MS) return null;
    const freeGb = this.#freeGb;
    const heldGb = loadedGb(model, models);
    const available = freeGb + heldGb;
    if (min !== undefined && available < min) return { kind: 'min', neededGb: min, freeGb, heldGb };
    if (recommended === undefined || available >= recommended) return null;
    return { kind: 'recommended', neededGb: recommended, freeGb, heldGb };
  }
}

/** Does a model say how much memory it needs? Otherwise nobody need read how much is free. */
export function needsMemory({ capabilities }: ModelEntry): boolean {
  return capabilities.min_memory_gb !== undefined || capabilities.recommended_memory_gb !== undefined;
}

/** Gigabytes of the models that its server has loaded. */
function loadedGb({ provider }: ModelEntry, models: ReadonlyMap<string, ModelEntry>): number {
  let sum = 0;
  for (const other of models.values()) {
    if (other.provider.id !== provider.id || other.status !== 'loaded') continue;
    sum += other.capabilities.memory_gb_estimate ?? 0;
  }
  return sum;
}

function hasShortage(models: ReadonlyMap<string, ModelEntry>): boolean {
  for (const { memoryShortage } of models.values()) if (memoryShortage !== undefined) return true;
  return false;
}

/** Who lacks what: changes by less than a gigabyte are no news. */
function summary(models: Iterable<ModelEntry>): string {
  const parts: string[] = [];
  for (const { id, memoryShortage: lacks } of models)
    if (lacks !== undefined) parts.push(`${id} ${lacks.kind} ${Math.round(lacks.freeGb)} ${lacks.heldGb}`);
  return parts.join();
}
