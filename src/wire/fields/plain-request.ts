import type { RequestFacts } from '../../protocol/facts.ts';
import type { WireFormat } from '../../protocol/wire.ts';
import type { ScannedRequest } from '../exchange.ts';
import type { JsonField } from '../json/scan.ts';

/** The facts that every request has, and those that only some have. */
type PlainFacts = Pick<RequestFacts, 'model' | 'kind' | 'stream' | 'estimatedTokens'> &
  Pick<Partial<RequestFacts>, 'inputs' | 'longestInputTokens'>;

/** A scanned request that is no chat: without an output limit, needs or thinking. */
export function plainRequest(
  format: WireFormat,
  body: Buffer,
  fields: readonly JsonField[],
  facts: PlainFacts,
): ScannedRequest {
  return {
    format,
    body,
    facts: { ...facts, maxOutputTokens: null, sizeBytes: body.length, needs: [] },
    fields,
    signatures: [],
    hasUnsignedThinking: false,
  };
}
