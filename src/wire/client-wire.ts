import type { GatewayError } from '../protocol/errors.ts';
import type { WireFormat } from '../protocol/wire.ts';
import type { RequestFacts } from '../protocol/facts.ts';
import type { ClientRequest } from './exchange.ts';
import type { JsonField } from './json/scan.ts';

/** How one client surface reads its requests and is told of trouble. */
export interface ClientWire {
  readonly format: WireFormat;
  /** What is asked for: a reply of the model, or only how many tokens the prompt has. */
  readonly operation: 'chat' | 'count_tokens';
  /** Request headers that go on, but only to an upstream that speaks this wire too. Lower-case names. */
  readonly passes: readonly string[];
  /** The name under which this wire's clients look for the request's id, beside `x-request-id`; null: none. */
  readonly requestIdHeader: string | null;
  /** The read phase. Throws a `GatewayError` for what API section 1 checks. */
  read(body: Buffer): ClientRequest;
  /** The request of a body that was read elsewhere (`BodyReader`). */
  request(
    body: Buffer,
    facts: RequestFacts,
    fields: readonly JsonField[],
    signatures: readonly string[],
  ): ClientRequest;
  /**
   * May this error body of an upstream that speaks this wire too go to the client as it is? Where clients match on the
   * vendor's own wording (wire case 140).
   */
  passesError(body: Buffer): boolean;
  /** The error envelope of an unsent reply. */
  errorBody(error: GatewayError, requestId: string): Buffer;
  /** The last event of a stream that failed after its headers: no end mark follows. */
  errorEvent(error: GatewayError, requestId: string): Buffer;
  /** Keeps a silent stream alive. */
  ping(): Buffer;
  /** Names the target in a stream whose headers went out before one was chosen. */
  targetComment(target: string): Buffer;
}
