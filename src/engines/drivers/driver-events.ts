import type { EngineError } from '../driver.ts';

/** A process of an engine that ended without having been asked to. */
export interface EngineExit {
  /** The model that it served; null: it was the whole engine. */
  readonly modelId: string | null;
  readonly error: EngineError;
}

/** Called once for each unexpected end, as soon as it is noticed. Whether to start again is up to the pool. */
export type OnExit = (exit: EngineExit) => void;
