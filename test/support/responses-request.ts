import type { ScannedRequest } from '../../src/wire/exchange.ts';
import { scanFields } from '../../src/wire/json/scan.ts';
import { responsesDialect, type ResponsesFacts } from '../../src/wire/openai-responses/dialect.ts';
import type { Endpoint } from '../../src/wire/wires.ts';
import { json } from './wire.ts';

/** A client's request of the Responses API, with the facts that a pass-through depends on. */
export function scannedResponses(body: Readonly<Record<string, unknown>>): ScannedRequest {
  const whole = { model: 'm', input: 'hi', ...body };
  const bytes = json(whole);
  const limit = body['max_output_tokens'];
  return {
    format: 'openai-responses',
    body: bytes,
    fields: scanFields(bytes),
    facts: {
      model: String(whole.model),
      kind: 'chat',
      stream: body['stream'] === true,
      estimatedTokens: 900_001,
      maxOutputTokens: typeof limit === 'number' ? limit : null,
      sizeBytes: bytes.length,
      needs: [],
    },
    signatures: [],
    hasUnsignedThinking: false,
    oddities: { schemas: true },
  };
}

/** A server of the Responses API. */
export function responsesEndpoint(facts: ResponsesFacts = {}, models?: RegExp): Endpoint {
  const only = models === undefined ? null : { models };
  return { format: 'openai-responses', path: '/responses', dialect: responsesDialect(facts), ...only };
}
