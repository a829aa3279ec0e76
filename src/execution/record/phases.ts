/** The phases of a request, in order. */
export const PHASES = [
  'receive',
  'authenticate',
  'read',
  'resolve',
  'admit',
  'attempt',
  'commit',
  'relay',
  'record',
] as const;

/** One phase of a request. */
export type Phase = (typeof PHASES)[number];

/** One phase of a trace, in milliseconds since the request was received. */
export interface PhaseView {
  readonly name: Phase;
  readonly start_ms: number;
  readonly duration_ms: number;
}

/** When the phases of a request ended. */
export class PhaseMarks {
  /** Monotonic ms at which the request headers had arrived. */
  readonly #receivedAt: number;
  /** Monotonic ms by index in `PHASES`; 0: not reached. */
  readonly #ends: number[] = PHASES.map(() => 0);

  constructor(receivedAt: number) {
    this.#receivedAt = receivedAt;
  }

  /** Marks the end of a phase at `now`, monotonic ms. */
  end(phase: Phase, now: number): void {
    this.#ends[PHASES.indexOf(phase)] = now;
  }

  /** For the ledger, as `phasesOf` reads it: whole microseconds since the request was received, empty: not reached. */
  toLedger(): string {
    return this.#ends.map((end) => (end === 0 ? '' : Math.round((end - this.#receivedAt) * 1000))).join();
  }
}

/** Reads what `PhaseMarks` wrote. Headers are authenticated while the body is being received. */
export function phasesOf(marks: string): PhaseView[] {
  const phases: PhaseView[] = [];
  let previous = 0;
  for (const [index, mark] of marks.split(',').entries()) {
    const name = PHASES[index];
    if (mark === '' || name === undefined) continue;
    const end = Number(mark) / 1000;
    const start = name === 'authenticate' ? 0 : previous;
    phases.push({ name, start_ms: start, duration_ms: roundMs(end - start) });
    if (name !== 'authenticate') previous = end;
  }
  return phases;
}

/** Milliseconds with microsecond precision. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
