import type { Exchange, ScannedRequest, TargetRequest } from '../exchange.ts';
import { BodyPatch } from '../json/patch.ts';
import { unaryExchange } from '../unary-exchange.ts';

/** The exchange of a direct call: the client's bytes with the upstream's model id, and whatever the reply is. */
export function passDirect(request: ScannedRequest, path: string, { modelId }: TargetRequest): Exchange {
  const { format, body, fields, facts, contentType } = request;
  const patch = new BodyPatch(body, fields);
  if (facts.model !== modelId) {
    patch.set('model', contentType === undefined ? JSON.stringify(modelId) : modelId);
  }
  return {
    ...unaryExchange({ format, path, isSameWire: true, body: patch.apply(), warnings: [], unary: isDirect }),
    isDirect: true,
    ...(contentType === undefined ? null : { contentType }),
  };
}

function isDirect(): never {
  throw new TypeError('the reply to a direct call is not converted');
}
