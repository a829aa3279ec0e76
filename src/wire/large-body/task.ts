import type { ErrorCode, ErrorOptions } from '../../protocol/errors.ts';
import type { WireFormat } from '../../protocol/wire.ts';
import type { ScannedRequest, TargetRequest } from '../exchange.ts';
import type { AnyTranslation } from '../translations.ts';
import type { Endpoint } from '../wires.ts';
import { ownedBytes } from './owned-bytes.ts';

/** A request between threads. */
export type CarriedRequest = Omit<ScannedRequest, 'body'> & { readonly body: ArrayBuffer };

/** What can be asked for. */
export type BodyTask =
  | { readonly kind: 'scan'; readonly format: WireFormat; readonly body: ArrayBuffer }
  | {
      readonly kind: 'translate';
      readonly request: CarriedRequest;
      readonly endpoint: Endpoint;
      readonly target: TargetRequest;
    }
  | { readonly kind: 'strip'; readonly request: CarriedRequest; readonly kept: readonly string[] | null };

/** A request and what was made of it; the request always comes back. */
export type TaskOutcome =
  | { readonly kind: 'scanned'; readonly request: CarriedRequest }
  | {
      readonly kind: 'translated';
      readonly body: ArrayBuffer;
      readonly translated: ArrayBuffer;
      /** The translation but for its body. */
      readonly notes: Omit<AnyTranslation, 'body'>;
    }
  | { readonly kind: 'stripped'; readonly body: ArrayBuffer; readonly stripped: CarriedRequest }
  | {
      readonly kind: 'refused';
      readonly body: ArrayBuffer;
      readonly code: ErrorCode;
      readonly message: string;
      readonly options: ErrorOptions;
    };

/** Makes a request ready to change threads; its body's memory goes with it. */
export function toCarried({ body, ...request }: ScannedRequest): CarriedRequest {
  return { ...request, body: ownedBytes(body) };
}

/** A request that has changed threads. */
export function fromCarried({ body, ...request }: CarriedRequest): ScannedRequest {
  return { ...request, body: Buffer.from(body) };
}
