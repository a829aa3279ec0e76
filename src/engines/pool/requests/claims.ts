import type { BurstRecord } from '../../../protocol/engine.ts';
import { type Claim, claimIsOver } from './burst.ts';

/** Models that could not come back in this time are given up: others have taken the memory. */
const RETURN_MS = 600_000;

/**
 * The claim of a pool by a lane with `"burst": true`, and afterwards the models that come back. Times in monotonic ms.
 */
export class Claims {
  current: Claim | null = null;
  /** The model that the last claim was for, until the displaced ones are back. */
  left: string | null = null;
  /** Displaced models that are still to come back, and since when. */
  returning: readonly string[] = [];
  returningSince = 0;
  /** No claim begins before: the last one was ended for the others. */
  #notBefore = -Infinity;
  #lane = '';
  #saved: string | null = null;

  /** `record`: of a claim that a crash has cut short. */
  constructor(record: BurstRecord | null, now: number) {
    if (record === null) return;
    this.#lane = record.lane;
    this.left = record.target;
    this.returning = record.displaced;
    this.returningSince = now;
    this.#saved = JSON.stringify(record);
  }

  /** A request of a lane that claims has come, or has ended. */
  touch(lane: string, target: string, now: number): void {
    if (this.current?.target === target) this.current = { ...this.current, lastUsedAt: now };
    else if (this.current === null && now >= this.#notBefore) {
      this.current = { lane, target, displaced: this.returning, lastUsedAt: now };
      this.#lane = lane;
      this.left = null;
      this.returning = [];
    }
  }

  /** These models are unloaded for the claim. */
  displace(targets: readonly string[]): void {
    if (this.current === null) return;
    const displaced = [...new Set([...this.current.displaced, ...targets])];
    this.current = { ...this.current, displaced: displaced.filter((each) => each !== this.current?.target) };
  }

  /** Ends the claim if it is over; returns whether it was. */
  review(busy: boolean, othersQueueFull: boolean, pauseMs: number, now: number): boolean {
    if (this.returning.length > 0 && now - this.returningSince >= RETURN_MS) this.returning = [];
    const claim = this.current;
    if (claim === null || !claimIsOver(claim, busy, othersQueueFull, now)) return false;
    this.end(now);
    if (othersQueueFull) this.#notBefore = now + pauseMs;
    return true;
  }

  /** The claim is over: the displaced models come back. */
  end(now: number): void {
    if (this.current === null) return;
    this.left = this.current.target;
    this.returning = this.current.displaced;
    this.returningSince = now;
    this.current = null;
  }

  /** This model is back, or will not come. */
  returned(target: string): void {
    if (this.returning.includes(target)) this.returning = this.returning.filter((each) => each !== target);
    if (this.returning.length === 0 && this.current === null) this.left = null;
  }

  of(target: string): 'held' | 'over' | null {
    if (this.current?.target === target) return 'held';
    return this.left === target ? 'over' : null;
  }

  /** What is to be kept now, if it differs from what was kept last; undefined: it does not. */
  takeChange(): BurstRecord | null | undefined {
    const displaced = this.current?.displaced ?? this.returning;
    const target = this.current?.target ?? this.left;
    const record = target === null || displaced.length === 0 ? null : { lane: this.#lane, target, displaced };
    const text = record === null ? null : JSON.stringify(record);
    if (text === this.#saved) return undefined;
    this.#saved = text;
    return record;
  }
}
