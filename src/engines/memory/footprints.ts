import type { Footprint, LoadSettings } from '../../protocol/engine.ts';

/** Where footprints are kept across restarts. A rejection loses one measurement, nothing else. */
export interface FootprintStore {
  /** Replaces the row of the same target and settings. */
  put(footprint: Footprint): Promise<void>;
}

/** Estimated bytes of a model with these settings; null: unknown. Must not do I/O. */
export type EstimateBytes = (target: string, settings: LoadSettings) => number | null;

/** What a load has shown of a model's memory. */
export interface Measurement {
  /** What the engine reports. */
  readonly reportedBytes: number | null;
  /** By how much the used memory of the pool rose. */
  readonly riseBytes: number | null;
  /** Where the rise was read: only a GPU's own counters show all that a model takes. */
  readonly source: 'amdgpu' | 'meminfo' | null;
  /** Laneway started the server, so that the rise is this model's. */
  readonly startedHere: boolean;
  readonly estimateBytes: number | null;
}

/**
 * The measured footprint, or null where nothing was measured: what the engine reports, else the rise of the used memory
 * if Laneway started the server. `MemAvailable` counts a mapped file as available, so its rise may raise an estimate but
 * not lower it.
 */
export function measuredBytes(measurement: Measurement): number | null {
  const { reportedBytes, riseBytes, source, startedHere, estimateBytes } = measurement;
  if (reportedBytes !== null && reportedBytes > 0) return reportedBytes;
  if (!startedHere || riseBytes === null || riseBytes <= 0) return null;
  if (source === 'amdgpu') return riseBytes;
  return estimateBytes !== null && riseBytes > estimateBytes ? riseBytes : null;
}

/** What is known of the memory and load times of models: measured where possible, else estimated. */
export class Footprints {
  readonly #rows = new Map<string, Footprint>();
  readonly #loadMs = new Map<string, number>();
  readonly #estimate: EstimateBytes;

  /** `rows` are those of the store, in any order. */
  constructor(rows: readonly Footprint[], estimate: EstimateBytes) {
    this.#estimate = estimate;
    for (const row of [...rows].sort((a, b) => a.atMs - b.atMs)) this.#keep(row);
  }

  /** Bytes that loading the model takes; null: unknown. */
  need(target: string, settings: LoadSettings): number | null {
    return this.measured(target, settings) ?? this.estimate(target, settings);
  }

  /** null: never measured with these settings. */
  measured(target: string, settings: LoadSettings): number | null {
    return this.#rows.get(keyOf(target, settings))?.bytes ?? null;
  }

  /** null: unknown. */
  estimate(target: string, settings: LoadSettings): number | null {
    return this.#estimate(target, settings);
  }

  /** How long its last load took, whatever its settings; null: never loaded. */
  loadMs(target: string): number | null {
    return this.#loadMs.get(target) ?? null;
  }

  /** Takes what a load has shown and returns the row to be stored. `bytes` null keeps an older measurement. */
  learn(learnt: Footprint): Footprint {
    const known = this.measured(learnt.target, learnt);
    const row = { ...learnt, bytes: learnt.bytes ?? known };
    this.#keep(row);
    return row;
  }

  #keep(row: Footprint): void {
    this.#rows.set(keyOf(row.target, row), row);
    if (row.loadMs !== null) this.#loadMs.set(row.target, row.loadMs);
  }
}

function keyOf(target: string, { contextLength, quantizedCache }: LoadSettings): string {
  return `${target}\n${contextLength ?? ''}\n${quantizedCache}`;
}
