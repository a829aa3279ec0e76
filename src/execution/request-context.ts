import type { RoutingHeaders } from '../protocol/facts.ts';
import type { Failure } from '../protocol/failure.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Warning } from '../protocol/wire.ts';
import type { Plan } from '../routing/plan.ts';
import type { ScannedRequest } from '../wire/exchange.ts';
import type { Surface } from '../wire/surface.ts';
import type { AnyWire } from '../wire/wires.ts';
import type { Reservation } from './admit/admission.ts';
import type { ClientReply } from './respond/client-reply.ts';

/** The phases in their order (DESIGN section 2). */
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
export type Phase = (typeof PHASES)[number];

/** What came with a request beside its body. */
export interface IncomingRequest {
  readonly id: string;
  readonly endpoint: string;
  readonly wire: AnyWire;
  readonly surface: Surface;
  readonly reply: ClientReply;
  /** Monotonic ms at the first header byte seen, and when the Host and Origin check was over. */
  readonly receivedAt: number;
  readonly authenticatedAt: number;
  readonly wallStart: number;
  readonly routing: RoutingHeaders;
  /** Request headers that are forwarded; those of `surface.forwardedHeaders` only to an upstream of the same wire. */
  readonly passed: Readonly<Record<string, string>>;
  /** `x-laneway-hop` as it came: how many gateways this request has been through. */
  readonly hop: number;
  readonly user: string | null;
  readonly clientRequestId: string | null;
  /** Headers set on the reply before it was taken over (CORS); flat. */
  readonly extraHeaders: readonly string[];
  /** The request's share of the bodies held at once; given back at the commit or the end. */
  readonly hold: Reservation;
}

/** One attempt as the trace tells it; times are milliseconds since the request came. */
export interface AttemptTrace {
  readonly n: number;
  readonly target: string;
  class: string | null;
  status: number | null;
  readonly startMs: number;
  firstByteMs: number | null;
  firstTokenMs: number | null;
  durationMs: number | null;
  readonly possibleDuplicate: boolean;
  retryAfterMs: number | null;
  message: string | null;
}

/**
 * What can be done to an attempt from outside. Kept as an object with methods: closures that were kept in the job
 * for the time of an attempt made every request outlive the young generation (measured: 4 MB promoted of every
 * 20 MB allocated, a fifth of the CPU of a request).
 */
export interface RunningAttempt {
  /** Ends it with a failure. */
  cut(failure: Failure): void;
}

/** How a request ended. */
export type Outcome = 'settled' | 'partial' | 'client_closed' | 'failed';

/** One accepted request on its way through the phases; everything the last phase writes down. */
export class Job {
  readonly incoming: IncomingRequest;
  /** Let go at the commit, so that a long stream does not hold a long prompt. */
  body: Buffer | null;
  request: ScannedRequest | null = null;
  plan: Plan | null = null;
  /** What the caller named, as it stands in the trace when the name was not found. */
  asked = '';
  /** The number of the snapshot it was judged under; 0 when it was refused before. */
  generation = 0;
  /** Full id of the target that the reply came from. */
  target: string | null = null;
  readonly attempts: AttemptTrace[] = [];
  readonly warnings: Warning[] = [];
  usage: Usage | null = null;
  status: number | null = null;
  outcome: Outcome | null = null;
  /** Its place among the running ones; the recorder's. */
  place = 0;
  /** Running while a stream waits for its commit. */
  heartbeat: { stop(): void } | null = null;
  /** The running attempt; null between attempts. An object and no closure: see `RunningAttempt`. */
  attempt: RunningAttempt | null = null;
  /** The public error body, for the trace. */
  error: string | null = null;
  /** Monotonic ms at which each phase ended, by its place in `PHASES`; 0: not reached. */
  readonly #ended: number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0];

  constructor(incoming: IncomingRequest, body: Buffer, now: number) {
    this.incoming = incoming;
    this.body = body;
    this.#ended[1] = incoming.authenticatedAt;
    this.#ended[0] = now;
  }

  /** Notes the end of a phase. */
  ended(phase: Phase, now: number): void {
    this.#ended[PHASES.indexOf(phase)] = now;
  }

  /** When each phase ended, as `phasesOf` reads it: whole microseconds since the arrival, empty: not reached. */
  phaseMarks(): string {
    const origin = this.incoming.receivedAt;
    return this.#ended.map((end) => (end === 0 ? '' : Math.round((end - origin) * 1000))).join();
  }

  /** Milliseconds since the request came, to three places. */
  since(now: number): number {
    return rounded(now - this.incoming.receivedAt);
  }
}

/** One phase of a trace, in milliseconds since the arrival. */
export interface PhaseView {
  readonly name: Phase;
  readonly start_ms: number;
  readonly duration_ms: number;
}

/** Reads what `Job.phaseMarks` wrote. Authentication happens on the headers, while the body is being received. */
export function phasesOf(marks: string): PhaseView[] {
  const phases: PhaseView[] = [];
  let previous = 0;
  for (const [index, mark] of marks.split(',').entries()) {
    const name = PHASES[index];
    if (mark === '' || name === undefined) continue;
    const end = Number(mark) / 1000;
    const start = name === 'authenticate' ? 0 : previous;
    phases.push({ name, start_ms: start, duration_ms: rounded(end - start) });
    if (name !== 'authenticate') previous = end;
  }
  return phases;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
