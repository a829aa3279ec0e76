import type { Footprint } from '../../protocol/engine.ts';
import type { Database } from '../files/database.ts';

const SELECT_ALL = `SELECT target, context, quantized_cache AS quantizedCache, bytes, load_ms AS loadMs, at
  FROM engine_footprints ORDER BY at, target`;

const UPSERT = `INSERT INTO engine_footprints (target, context, quantized_cache, bytes, load_ms, at)
  VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (target, context, quantized_cache) DO UPDATE
  SET bytes = excluded.bytes, load_ms = excluded.load_ms, at = excluded.at`;

/** `context` 0: the engine chose the window. `at` is ISO 8601. */
interface Row {
  readonly target: string;
  readonly context: number;
  readonly quantizedCache: number;
  readonly bytes: number | null;
  readonly loadMs: number | null;
  readonly at: string;
}

/** The measured memory and load time of models. */
export class EngineFootprints {
  readonly #selectAll;
  readonly #upsert;

  constructor(database: Database) {
    this.#selectAll = database.prepare<[], Row>(SELECT_ALL);
    this.#upsert = database.prepare(UPSERT);
  }

  /** Oldest first. */
  all(): Footprint[] {
    return this.#selectAll.all().map(({ target, context, quantizedCache, bytes, loadMs, at }) => ({
      target,
      contextLength: context === 0 ? null : context,
      quantizedCache: quantizedCache === 1,
      bytes,
      loadMs,
      atMs: Date.parse(at),
    }));
  }

  put({ target, contextLength, quantizedCache, bytes, loadMs, atMs }: Footprint): void {
    const at = new Date(atMs).toISOString();
    const whole = (value: number | null): number | null => (value === null ? null : Math.round(value));
    this.#upsert.run(target, contextLength ?? 0, quantizedCache ? 1 : 0, whole(bytes), whole(loadMs), at);
  }
}
