import type { DriverName, EngineModelState, EngineState, EngineVerb } from '../protocol/engine.ts';

/**
 * Acts on one engine, a local server that loads and unloads models. A driver does what it is asked, once; when, and
 * whether there is room, is decided by the pool. Nothing but `load` ever loads a model.
 */
export interface EngineDriver {
  readonly name: DriverName;
  /** Empty where the engine can only be observed. */
  readonly verbs: readonly EngineVerb[];
  /** It can load a model with a quantised KV cache. Absent: no. */
  readonly quantizesCache?: boolean;
  /** By itself it loads a model that a request names, and answers once it is loaded. Absent: no. */
  readonly loadsForRequests?: boolean;
  /** The engine as last seen. */
  readonly state: EngineState;
  /**
   * Models in memory, on their way in or out, or failed; models that are not listed are unloaded. Empty for a server of
   * this machine that refuses connections: it does not run. Rejects with an `EngineError`.
   */
  residency(signal: AbortSignal): Promise<readonly ResidentModel[]>;
  /**
   * Loads a model and resolves once it can serve. `onProgress` gets 0 to 1, never falling, and is also called without
   * news of the fraction (`null`) for any sign of life. Rejects with an `EngineError`; then nothing is left loading.
   */
  load(
    request: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel>;
  /** Unloads a model and resolves once the engine no longer has it, or does not run. Rejects with an `EngineError`. */
  unload(modelId: string, signal: AbortSignal): Promise<void>;
  /** How many requests the loaded model serves at once, as the engine reports it; null: unknown. */
  slots(modelId: string, signal: AbortSignal): Promise<number | null>;
  /**
   * Where requests to a loaded model go, without a path, if this driver has started its server; null: it is not loaded, or
   * its server is the provider's. Absent: to the provider's base URL.
   */
  addressOf?(modelId: string): string | null;
  /**
   * Where the servers listen that this driver has started and ends again, without a path; empty: none serves now. null or
   * absent: it starts none, or one that outlives Laneway, at the provider's base URL.
   */
  readonly serverAddresses?: readonly string[] | null;
  /**
   * Bytes of the model's file, where the engine names it and runs on this machine: it takes at least so much memory. null:
   * unknown. Absent: nothing is known of any.
   */
  fileBytes?(modelId: string): number | null;
  /** Why this model cannot be loaded, whatever the memory; null, absent: nothing is known against it. */
  reasonAgainst?(modelId: string): string | null;
  /** Ends what this driver has started, except servers that outlive Laneway. Every call still running is settled. */
  close(): Promise<void>;
}

/** What to load, and how. */
export interface LoadRequest {
  /** The id that the engine knows the model by. */
  readonly modelId: string;
  /** Tokens; null: as the engine chooses. */
  readonly contextLength: number | null;
  /** With a quantised KV cache, which takes less memory. Only asked of a driver whose `quantizesCache` is true. */
  readonly quantizedCache?: boolean;
}

/** One model that an engine holds, or fails to. */
export interface ResidentModel {
  readonly modelId: string;
  readonly state: EngineModelState;
  /** 0 to 1; null: unknown. */
  readonly progress: number | null;
  /** Bytes that the engine reports for it; null: it does not. */
  readonly footprintBytes: number | null;
  /** Effective window in tokens; null: unknown. */
  readonly contextLength: number | null;
  /** Why it failed; null unless `failed`. */
  readonly error: string | null;
}

/** A model that can serve. */
export interface LoadedModel {
  /** Effective window in tokens; null: unknown. */
  readonly contextLength: number | null;
  /** Bytes that the engine reports for it; null: it does not. */
  readonly footprintBytes: number | null;
}

/** Why an engine did not do what it was asked. */
export type EngineErrorKind =
  'out_of_memory' | 'stalled' | 'failed' | 'unreachable' | 'not_found' | 'aborted';

/** A load, unload or query of an engine failed. The message names the model and the cause, in words for an operator. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly kind: EngineErrorKind;
  /** Of the process that has ended; null: none has, or it is unknown. */
  readonly exitCode: number | null;
  /** No process listens at the port of its server. */
  readonly refused: boolean;

  constructor(kind: EngineErrorKind, message: string, exitCode: number | null = null, refused = false) {
    super(message);
    this.kind = kind;
    this.exitCode = exitCode;
    this.refused = refused;
  }
}
