import type {
  AcquireOptions,
  EngineStart,
  LeaseAnswer,
  LeaseLane,
  LeaseWait,
} from '../../../protocol/lease.ts';

/**
 * What execution needs of the pools of memory: whether the model of a target is in memory, and the right to use it there.
 * The pools themselves are in src/engines.
 */
export interface Residency {
  /** Does a pool load and unload the target? Asked before each attempt: reads a map only. */
  manages(target: string): boolean;
  /** The start of the target's engine, after which it may manage the target; null: none is under way. */
  starting(target: string): EngineStart | null;
  /** Is any engine being started? Its models may be listed only afterwards. */
  isStarting(): boolean;
  /** Would the engine of the target load it for a request by itself, and answer it then? */
  loadsForRequests(target: string): boolean;
  /** Never rejects. Without `wait` the answer is not a promise. */
  acquire(
    target: string,
    lane: LeaseLane | null,
    options: AcquireOptions,
  ): LeaseAnswer | Promise<LeaseAnswer>;
  /** What a request that waits for the target waits for now; asked for each heartbeat, and to explain. */
  waitOf(target: string): LeaseWait;
  /** An attempt at a resident model found it out of memory, or probably not loaded any more. */
  noteFailure(target: string, kind: 'out_of_memory' | 'not_loaded'): void;
  /** Resolves soon, with the residency of the target as its engine shows it now. Never rejects. */
  look(target: string): Promise<void>;
}
