import type { LaneEntry } from './snapshot.ts';

/** A model that Laneway loads and unloads. */
export interface ModelResidency {
  /** It is in memory and takes requests. */
  readonly resident: boolean;
  /** Milliseconds that a load takes: as measured last, else estimated from its size. */
  readonly loadMs: number;
  /** Its engine would load it for a request by itself, so requests wait for the load in every lane. */
  readonly waits: boolean;
  /** Loading it starts its server unless that runs, so that a server which is not reachable is no hindrance. */
  readonly startsServer: boolean;
}

/** By full model id; models that Laneway does not load are absent. Never changes: a load or unload makes another map. */
export type ResidencyMap = ReadonlyMap<string, ModelResidency>;

/** What happens to a model that is not in memory, or takes no requests there. */
export interface LoadState {
  /** It is in memory, but is unloaded as soon as its requests have ended. */
  readonly leaving: boolean;
  /** Requests that wait for it. */
  readonly waiting: number;
  /** Of the switch that loads it, 0 to 1; null: none does. */
  readonly progress: number | null;
  /** Milliseconds until that switch will probably have loaded it; null: unknown. */
  readonly remainingMs: number | null;
}

/** The memory that models of this gateway are loaded into, as far as routing depends on it. */
export interface ModelMemory {
  readonly residency: ResidencyMap;
  /** Of a model in `residency`, now. */
  readonly loadState: (target: string) => LoadState;
}

/** Nothing is loaded by Laneway. */
export const NO_MODEL_MEMORY: ModelMemory = Object.freeze({
  residency: new Map<string, ModelResidency>(),
  loadState: () => ({ leaving: false, waiting: 0, progress: null, remainingMs: null }),
});

/**
 * Does a request wait for a model that is not in memory? One that names no lane has nothing else to go to. An engine that
 * loads models for requests by itself keeps them waiting, as its users are used to it.
 */
export function waitsForLoad(
  { waits }: Pick<ModelResidency, 'waits'>,
  lane: Pick<LaneEntry, 'waitWhileLoading'> | null,
): boolean {
  return lane === null || lane.waitWhileLoading === true || waits;
}

/** Does Laneway have to load the model of a link first? */
export function isNotInMemory({ residency }: { readonly residency?: ModelResidency }): boolean {
  return residency !== undefined && !residency.resident;
}

/** Why a model cannot answer at once: `not in memory; loading takes about 31 s; 3 requests wait`. */
export function loadPhrase(
  { loadMs }: ModelResidency,
  { leaving, waiting, progress, remainingMs }: LoadState,
): string {
  const load =
    progress === null
      ? `${leaving ? 'about to be unloaded' : 'not in memory'}; loading takes about ${seconds(loadMs)}`
      : `being loaded (${Math.floor(progress * 100)} %)${remainingMs === null ? '' : `; about ${seconds(remainingMs)} left`}`;
  if (waiting === 0) return load;
  return `${load}; ${waiting === 1 ? '1 request waits' : `${waiting} requests wait`}`;
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))} s`;
}
