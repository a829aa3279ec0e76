import type { Pool } from '../api/types.ts';

/** A part of a pool's memory. */
export interface MemoryPart {
  readonly kind: 'model' | 'other' | 'free' | 'reserve';
  /** As the legend names it. */
  readonly name: string;
  /** What happens to it now; null: nothing. */
  readonly note: string | null;
  readonly bytes: number;
  /** Number of the model in bar and legend; null: not a model. */
  readonly number: number | null;
  /** Its series colour, 0 to 5. */
  readonly colour: number;
}

/** The memory of a pool as a bar shows it. */
export interface PoolMemory {
  readonly parts: readonly MemoryPart[];
  /** Bytes of the whole bar. It is more than the budget while more is in use than the budget allows. */
  readonly scale: number;
  /** Bytes that are missing; 0: none. */
  readonly missing: number;
}

/** Divides a pool's memory: models, what else is in use, what is free, what is kept free. */
export function memoryOf(pool: Pool): PoolMemory {
  const models = pool.resident.map(({ model, state, bytes }, index): MemoryPart => {
    const note = state === 'loaded' ? null : state;
    return { kind: 'model', name: model, note, bytes, number: index + 1, colour: colourOf(model) };
  });
  const ofModels = models.reduce((sum, { bytes }) => sum + bytes, 0);
  const rest: readonly [MemoryPart['kind'], string, number][] = [
    ['other', OTHER[pool.source ?? 'configured'], pool.used_bytes - ofModels],
    ['free', 'Free for models', pool.free_bytes ?? 0],
    ['reserve', 'Reserve, kept free', pool.budget_bytes === null ? 0 : (pool.reserve_bytes ?? 0)],
  ];
  const others = rest
    .filter(([, , bytes]) => bytes > 0)
    .map(([kind, name, bytes]): MemoryPart => ({ kind, name, note: null, bytes, number: null, colour: 0 }));
  const parts = [...models, ...others];
  return {
    parts,
    scale: Math.max(
      1,
      parts.reduce((sum, { bytes }) => sum + bytes, 0),
    ),
    missing: Math.max(0, -(pool.free_bytes ?? 0)),
  };
}

/** A measured budget includes all programs of the machine, a configured one only models. */
const OTHER: Readonly<Record<NonNullable<Pool['source']>, string>> = {
  configured: 'Models outside the configuration',
  amdgpu: 'Other use of the graphics memory',
  meminfo: 'Other programs',
};

const COLOURS = 6;
const colours = new Map<string, number>();

/** The colour of a model: it keeps it while others come and go. */
function colourOf(model: string): number {
  const colour = colours.get(model) ?? colours.size % COLOURS;
  colours.set(model, colour);
  return colour;
}
