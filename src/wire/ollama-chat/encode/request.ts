import type { ChatRequest } from '../../../protocol/chat.ts';
import type { EncodedRequest } from '../../codec.ts';
import type { TargetRequest } from '../../exchange.ts';
import type { OllamaChatDialect } from '../dialect.ts';

/** Encodes a request for an upstream. */
export function encodeOllamaChatRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: OllamaChatDialect,
): EncodedRequest<'chat'> {
  throw new Error(`not built ${request.messages.length} ${target.modelId} ${dialect.unaryAsStream}`);
}
