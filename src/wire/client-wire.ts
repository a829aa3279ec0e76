import type { GatewayError } from '../protocol/errors.ts';
import type { WireFormat } from '../protocol/wire.ts';
import type { RequestFacts } from '../protocol/facts.ts';
import type { ClientRequest } from './exchange.ts';
import type { JsonField } from './json-scan.ts';

/** How one client surface reads its requests and is told of trouble. */
export interface ClientWire {
  readonly format: WireFormat;
  /** The read phase. Throws a `GatewayError` for what API section 1 checks. */
  read(body: Buffer): ClientRequest;
  /** The request of a body that was read elsewhere (`BodyReader`). */
  request(body: Buffer, facts: RequestFacts, fields: readonly JsonField[]): ClientRequest;
  /** The error envelope of an unsent reply. */
  errorBody(error: GatewayError): Buffer;
  /** The last event of a stream that failed after its headers: no end mark follows. */
  errorEvent(error: GatewayError): Buffer;
  /** Keeps a silent stream alive. */
  ping(): Buffer;
  /** Names the target in a stream whose headers went out before one was chosen. */
  targetComment(target: string): Buffer;
}
