import { GatewayError } from '../../protocol/errors.ts';
import type { ScannedRequest, TargetRequest } from '../exchange.ts';
import type { AnyTranslation } from '../translations.ts';
import { wireOf, type AnyWire, type Endpoint } from '../wires.ts';
import { ownedBytes } from './owned-bytes.ts';
import { fromCarried, toCarried, type TaskOutcome } from './task.ts';
import { WorkerLink, type Asker } from './worker-link.ts';

/**
 * Bodies above this are read in a worker. One MiB of nothing but escapes takes 40 ms, the longest that the serving
 * thread may be held up (50 ms); below it the way to the worker would cost more than it saves.
 */
export const LARGE_BODY_BYTES = 1024 * 1024;

/** Nobody who could leave. */
const ANYBODY: Asker = { disconnected: false };

/** A large request that was away in the worker, with what came of it. */
export interface OffloadResult<Result> {
  /** The request with its body back: the one that was handed over has none any more. */
  readonly request: ScannedRequest;
  /** The error where the request cannot be served so. */
  readonly result: Result | GatewayError;
}

/**
 * The read phase for bodies of any size, and all other work that a large body must not do on the serving thread. Work
 * that still waits when its `asker` is gone is dropped: it rejects with `overloaded`, which nobody hears.
 */
export class LargeBodyOffload {
  readonly #worker = new WorkerLink();

  /**
   * Scans a body: at once, or in the worker when it is large. A large body's memory goes to the worker and comes back
   * with the request: `body` is empty from then on. Throws, or rejects with, what the wire's scan throws.
   */
  scan(wire: AnyWire, body: Buffer, asker = ANYBODY): ScannedRequest | Promise<ScannedRequest> {
    return body.length <= LARGE_BODY_BYTES ? wire.scan(body) : this.#scanLarge(wire, body, asker);
  }

  /** Translates in the worker. Rejects with `overloaded` when the thread died, and the request with it. */
  async translate(
    request: ScannedRequest,
    endpoint: Endpoint,
    target: TargetRequest,
    asker = ANYBODY,
  ): Promise<OffloadResult<AnyTranslation>> {
    const sent = toCarried(request);
    const outcome = await this.#worker.run(
      { kind: 'translate', request: sent, endpoint, target },
      sent.body,
      asker,
    );
    const restored = restore(request, outcome);
    if (outcome.kind !== 'translated') return { request: restored, result: refusal(outcome) };
    return { request: restored, result: { ...outcome.notes, body: Buffer.from(outcome.translated) } };
  }

  /** `Wire.withoutThinking`: at once, or in the worker when the body is large. Rejects as `translate` does. */
  withoutThinking(
    request: ScannedRequest,
    kept: readonly string[] | null,
    asker = ANYBODY,
  ): OffloadResult<ScannedRequest> | Promise<OffloadResult<ScannedRequest>> {
    if (request.body.length > LARGE_BODY_BYTES) return this.#stripLarge(request, kept, asker);
    return { request, result: wireOf(request.format).withoutThinking?.(request, kept) ?? request };
  }

  /** Ends the worker; work that it has not finished is refused. */
  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #scanLarge({ format }: AnyWire, body: Buffer, asker: Asker): Promise<ScannedRequest> {
    const owned = ownedBytes(body);
    const outcome = await this.#worker.run({ kind: 'scan', format, body: owned }, owned, asker);
    if (outcome.kind !== 'scanned') throw refusal(outcome);
    return fromCarried(outcome.request);
  }

  async #stripLarge(
    request: ScannedRequest,
    kept: readonly string[] | null,
    asker: Asker,
  ): Promise<OffloadResult<ScannedRequest>> {
    const sent = toCarried(request);
    const outcome = await this.#worker.run({ kind: 'strip', request: sent, kept }, sent.body, asker);
    const result = outcome.kind === 'stripped' ? fromCarried(outcome.stripped) : refusal(outcome);
    return { request: restore(request, outcome), result };
  }
}

function refusal(outcome: TaskOutcome): GatewayError {
  if (outcome.kind !== 'refused') throw new TypeError(`the worker did something else: ${outcome.kind}`);
  return new GatewayError(outcome.code, outcome.message, outcome.options);
}

/** The request that went to the worker, with its body back. */
function restore(request: ScannedRequest, outcome: TaskOutcome): ScannedRequest {
  const body = outcome.kind === 'scanned' ? outcome.request.body : outcome.body;
  return { ...request, body: Buffer.from(body) };
}
