import { GatewayError } from '../../protocol/errors.ts';
import type { ClientWire } from '../client-wire.ts';
import type { ClientRequest, TargetRequest, UpstreamDialect } from '../exchange.ts';
import type { CarriedRequest, TaskOutcome } from './worker.ts';
import { ownedBytes } from './owned-bytes.ts';
import { stripThinking } from '../strip-thinking.ts';
import type { Translation } from '../translate.ts';
import { WorkerLink, type Asker } from './worker-link.ts';

/**
 * Bodies above this are read in a worker. One MiB of nothing but escapes takes 40 ms, the longest that the serving
 * thread may be held up (50 ms); below it the way to the worker would cost more than it spares.
 */
export const LARGE_BODY_BYTES = 1024 * 1024;

/** Nobody who could leave. */
const ANYBODY: Asker = { gone: false };

/** A large request that was away in the worker, with what came of it. */
export interface Worked<Made> {
  /** The request again: the one that was handed over has no body any more. */
  readonly request: ClientRequest;
  /** The error where the request cannot be served so. */
  readonly made: Made | GatewayError;
}

/**
 * The read phase for bodies of any size, and all other work that a large body must not do on the serving thread. What
 * still waits when its `asker` is gone is not done: it rejects with `overloaded`, which nobody hears.
 */
export class BodyReader {
  readonly #worker = new WorkerLink();

  /**
   * Reads a body on its client's wire: at once, or in the worker when it is large. A large body's memory goes to the
   * worker and comes back with the request: `body` is empty from then on. Throws, or rejects with, what the wire says.
   */
  read(wire: ClientWire, body: Buffer, asker = ANYBODY): ClientRequest | Promise<ClientRequest> {
    return body.length <= LARGE_BODY_BYTES ? wire.read(body) : this.#readLarge(wire, body, asker);
  }

  /** Translates in the worker. Rejects with `overloaded` when the thread died, and the request with it. */
  async translate(
    wire: ClientWire,
    request: ClientRequest,
    dialect: UpstreamDialect,
    target: TargetRequest,
    asker = ANYBODY,
  ): Promise<Worked<Translation>> {
    const sent = carried(request);
    const task = { kind: 'translate', request: sent, dialect: plain(dialect), target } as const;
    const outcome = await this.#worker.run(task, sent.body, asker);
    if (outcome.kind !== 'translated')
      return { request: again(wire, request, outcome), made: refusal(outcome) };
    const { translated, notes } = outcome;
    return { request: again(wire, request, outcome), made: { ...notes, body: Buffer.from(translated) } };
  }

  /** `stripThinking`: at once, or in the worker when the body is large. Rejects as `translate` does. */
  strip(
    wire: ClientWire,
    request: ClientRequest,
    kept: readonly string[] | null,
    asker = ANYBODY,
  ): Worked<ClientRequest> | Promise<Worked<ClientRequest>> {
    if (request.body.length > LARGE_BODY_BYTES) return this.#stripLarge(wire, request, kept, asker);
    return { request, made: stripThinking(wire, request, kept) };
  }

  /** Ends the worker; what it still works on is refused. */
  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #readLarge(wire: ClientWire, body: Buffer, asker: Asker): Promise<ClientRequest> {
    const owned = ownedBytes(body);
    const outcome = await this.#worker.run({ kind: 'read', format: wire.format, body: owned }, owned, asker);
    if (outcome.kind !== 'read') throw refusal(outcome);
    return received(wire, outcome.request);
  }

  async #stripLarge(
    wire: ClientWire,
    request: ClientRequest,
    kept: readonly string[] | null,
    asker: Asker,
  ): Promise<Worked<ClientRequest>> {
    const sent = carried(request);
    const outcome = await this.#worker.run({ kind: 'strip', request: sent, kept }, sent.body, asker);
    const made = outcome.kind === 'stripped' ? received(wire, outcome.stripped) : refusal(outcome);
    return { request: again(wire, request, outcome), made };
  }
}

function refusal(outcome: TaskOutcome): GatewayError {
  if (outcome.kind !== 'refused') throw new TypeError(`the worker did something else: ${outcome.kind}`);
  return new GatewayError(outcome.code, outcome.message, outcome.options);
}

/** The request that went to the worker, with its body back. */
function again(
  wire: ClientWire,
  { facts, fields, signatures }: ClientRequest,
  outcome: TaskOutcome,
): ClientRequest {
  const body = outcome.kind === 'read' ? outcome.request.body : outcome.body;
  return wire.request(Buffer.from(body), facts, fields, signatures);
}

function received(wire: ClientWire, { body, facts, fields, signatures }: CarriedRequest): ClientRequest {
  return wire.request(Buffer.from(body), facts, fields, signatures);
}

function carried({ wire, body, facts, fields, signatures }: ClientRequest): CarriedRequest {
  return { format: wire, body: ownedBytes(body), facts, fields, signatures };
}

/** The dialect and nothing else of the settings it comes from: only data can change threads. */
function plain(dialect: UpstreamDialect): UpstreamDialect {
  const { wire, trustedStream, streamUsage, unaryAsStream, refuses, renames, withoutSampling, traits } =
    dialect;
  const required = { wire, trustedStream, streamUsage, unaryAsStream, refuses, renames, withoutSampling };
  return traits === undefined ? required : { ...required, traits };
}
