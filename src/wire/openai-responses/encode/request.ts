import type { ChatRequest } from '../../../protocol/chat.ts';
import type { EncodedRequest } from '../../codec.ts';
import type { TargetRequest } from '../../exchange.ts';
import type { ResponsesDialect } from '../dialect.ts';

/** Encodes a request for an upstream. */
export function encodeResponsesRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: ResponsesDialect,
): EncodedRequest<'chat'> {
  throw new Error(`not built ${request.messages.length} ${target.modelId} ${dialect.unaryAsStream}`);
}
