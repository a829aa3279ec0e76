import { GatewayError } from '../../protocol/errors.ts';
import type { Log } from '../../protocol/log.ts';
import type { ScannedRequest, TargetRequest } from '../exchange.ts';
import type { AnyTranslation } from '../translated-exchange.ts';
import { wireOf, type AnyWire, type Endpoint } from '../wires.ts';
import { fromTransferable, ownedBytes, toTransferable, type TaskOutcome } from './task.ts';
import { WorkerLink } from './worker-link.ts';

/**
 * Bodies above this many bytes are processed in a worker. Scanning 1 MiB that consists only of escapes takes 40 ms,
 * and the serving thread must not block for more than 50 ms; for smaller bodies the transfer costs more than it saves.
 */
export const LARGE_BODY_BYTES = 1024 * 1024;

/**
 * The client that a request came from. Its `signal` aborts when it disconnects, and is read only for large bodies: the
 * getter may create the AbortController.
 */
export interface AbortableClient {
  readonly signal: AbortSignal;
}

/** A large request that was transferred to the worker, with the result of its task. */
export interface OffloadResult<Result> {
  /** The request with its body restored: the transfer emptied the body of the original. */
  readonly request: ScannedRequest;
  /** The error if the request cannot be served. */
  readonly result: Result | GatewayError;
}

/**
 * Scans bodies of any size, and does all other work on large bodies that would block the serving thread. Tasks that
 * are still queued when their client's signal aborts are dropped: they reject with `overloaded`, which no client sees.
 */
export class LargeBodyOffload {
  readonly #worker: WorkerLink;

  constructor(log: Pick<Log, 'error'>) {
    this.#worker = new WorkerLink((cause) => {
      log.error(
        {},
        `cannot start the thread for large bodies: ${cause}; if Laneway was upgraded, restart it`,
      );
    });
  }

  /**
   * Scans a body: synchronously, or in the worker if it is large. The memory of a large body is transferred to the
   * worker and returns with the request, so `body` is empty after the call. Throws, or rejects with, what the wire's
   * scan throws. `contentType`: as for `Wire.scan`.
   */
  scan(
    wire: AnyWire,
    body: Buffer,
    client?: AbortableClient,
    contentType?: string,
  ): ScannedRequest | Promise<ScannedRequest> {
    if (body.length <= LARGE_BODY_BYTES) return wire.scan(body, contentType);
    return this.#scanLarge(wire, body, client, contentType);
  }

  /** Translates in the worker. Rejects with `overloaded` if the worker died; the request is lost then. */
  async translate(
    request: ScannedRequest,
    endpoint: Endpoint,
    target: TargetRequest,
    client?: AbortableClient,
  ): Promise<OffloadResult<AnyTranslation>> {
    const sent = toTransferable(request);
    const outcome = await this.#worker.run(
      { kind: 'translate', request: sent, endpoint, target },
      sent.body,
      client?.signal,
    );
    const restored = restore(request, outcome);
    if (outcome.kind !== 'translated') return { request: restored, result: toError(outcome) };
    return { request: restored, result: { ...outcome.notes, body: Buffer.from(outcome.translated) } };
  }

  /** `Wire.withoutThinking`: synchronously, or in the worker if the body is large. Rejects as `translate` does. */
  withoutThinking(
    request: ScannedRequest,
    keptSignatures: readonly string[] | null,
    client?: AbortableClient,
  ): OffloadResult<ScannedRequest> | Promise<OffloadResult<ScannedRequest>> {
    if (request.body.length > LARGE_BODY_BYTES) return this.#stripLarge(request, keptSignatures, client);
    return { request, result: wireOf(request.format).withoutThinking?.(request, keptSignatures) ?? request };
  }

  /** Ends the worker; unfinished tasks reject with `overloaded`. */
  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #scanLarge(
    { format }: AnyWire,
    body: Buffer,
    client: AbortableClient | undefined,
    contentType: string | undefined,
  ): Promise<ScannedRequest> {
    const owned = ownedBytes(body);
    const task = { kind: 'scan', format, body: owned, contentType } as const;
    const outcome = await this.#worker.run(task, owned, client?.signal);
    if (outcome.kind !== 'scanned') throw toError(outcome);
    return fromTransferable(outcome.request);
  }

  async #stripLarge(
    request: ScannedRequest,
    keptSignatures: readonly string[] | null,
    client?: AbortableClient,
  ): Promise<OffloadResult<ScannedRequest>> {
    const sent = toTransferable(request);
    const outcome = await this.#worker.run(
      { kind: 'strip', request: sent, keptSignatures },
      sent.body,
      client?.signal,
    );
    const result = outcome.kind === 'stripped' ? fromTransferable(outcome.stripped) : toError(outcome);
    return { request: restore(request, outcome), result };
  }
}

function toError(outcome: TaskOutcome): GatewayError {
  if (outcome.kind !== 'rejected') throw new TypeError(`unexpected outcome of the worker: ${outcome.kind}`);
  return new GatewayError(outcome.code, outcome.message, outcome.options);
}

/** The transferred request with its body restored. */
function restore(request: ScannedRequest, outcome: TaskOutcome): ScannedRequest {
  const body = outcome.kind === 'scanned' ? outcome.request.body : outcome.body;
  return { ...request, body: Buffer.from(body) };
}
