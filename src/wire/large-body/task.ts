import type { ErrorCode, ErrorOptions } from '../../protocol/errors.ts';
import type { WireFormat } from '../../protocol/wire.ts';
import type { ScannedRequest, TargetRequest } from '../exchange.ts';
import type { AnyTranslation } from '../translated-exchange.ts';
import type { Endpoint } from '../wires.ts';

/** A request in the form in which it is sent between threads. */
export type TransferableRequest = Omit<ScannedRequest, 'body'> & { readonly body: ArrayBuffer };

/** A task for the worker. */
export type BodyTask =
  | {
      readonly kind: 'scan';
      readonly format: WireFormat;
      readonly body: ArrayBuffer;
      /** As for `Wire.scan`. */
      readonly contentType: string | undefined;
    }
  | {
      readonly kind: 'translate';
      readonly request: TransferableRequest;
      readonly endpoint: Endpoint;
      readonly target: TargetRequest;
    }
  | {
      readonly kind: 'strip';
      readonly request: TransferableRequest;
      readonly keptSignatures: readonly string[] | null;
    };

/** The result of a task. It always returns the request's body, whose memory was transferred with the task. */
export type TaskOutcome =
  | { readonly kind: 'scanned'; readonly request: TransferableRequest }
  | {
      readonly kind: 'translated';
      readonly body: ArrayBuffer;
      readonly translated: ArrayBuffer;
      /** The translation without its body. */
      readonly notes: Omit<AnyTranslation, 'body'>;
    }
  | { readonly kind: 'stripped'; readonly body: ArrayBuffer; readonly stripped: TransferableRequest }
  | {
      readonly kind: 'rejected';
      readonly body: ArrayBuffer;
      readonly code: ErrorCode;
      readonly message: string;
      readonly options: ErrorOptions;
    };

/** Prepares a request for transfer to another thread, together with its body's memory. */
export function toTransferable({ body, ...request }: ScannedRequest): TransferableRequest {
  return { ...request, body: ownedBytes(body) };
}

/** Restores a request received from another thread. */
export function fromTransferable({ body, ...request }: TransferableRequest): ScannedRequest {
  return { ...request, body: Buffer.from(body) };
}

/**
 * The bytes as an ArrayBuffer that contains nothing else, since only a whole ArrayBuffer can be transferred. Copies
 * them unless the Buffer already spans its ArrayBuffer.
 */
export function ownedBytes(body: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = body;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === byteLength) return buffer;
  return new Uint8Array(body).buffer;
}
