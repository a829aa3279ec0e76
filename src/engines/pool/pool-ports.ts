import type { BurstRecord } from '../../protocol/engine.ts';
import type { Clock } from '../../util/clock.ts';
import type { EngineDriver } from '../driver.ts';
import type { Footprints, FootprintStore } from '../memory/footprints.ts';
import type { ReadMachine } from '../sensors/machine.ts';
import type { Probe } from './engine-calls.ts';
import type { SwitchNews } from './pool-effect.ts';
import type { Leases } from './requests/leases.ts';
import type { PoolEngine } from './settings.ts';
import type { PoolView } from './views.ts';

/** An engine whose models share the pool, with the driver that acts on it. */
export interface RegisteredEngine extends PoolEngine {
  /** Of its provider. */
  readonly type: string;
  readonly version: string | null;
  readonly driver: EngineDriver;
}

/** What a pool gets from outside. */
export interface PoolPorts {
  readonly clock: Clock;
  /** Calls `run` after so many ms, once; returns how to prevent it. It must not keep the process alive. */
  readonly later: (run: () => void, ms: number) => () => void;
  readonly readMachine: ReadMachine;
  /** Shared with nobody else. */
  readonly footprints: Footprints;
  readonly store: FootprintStore;
  /** Keeps the record of a claim across restarts; resolves once it is durable. null: no claim. */
  readonly saveBurst: (record: BurstRecord | null) => Promise<void>;
  /** Of a claim that a crash has cut short. */
  readonly burst: BurstRecord | null;
  readonly newId: () => string;
  /** Shared by all pools. */
  readonly leases: Leases;
  /** null: what the engine says of the model suffices. */
  readonly probe: Probe | null;
  /** Each step of a switch. */
  readonly onSwitch: (news: SwitchNews) => void;
  /** After each switch. */
  readonly onPool: (view: PoolView) => void;
  /** What happens in the pool, and what an operator should know of it; no message contains a secret. */
  readonly log: Record<'info' | 'warn', (message: string) => void>;
}
