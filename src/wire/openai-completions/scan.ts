import { OPERATION_KINDS } from '../../protocol/wire.ts';
import type { ScannedRequest } from '../exchange.ts';
import { InputScanner } from '../fields/inputs.ts';
import { limitOf, nameOf, readFields, streamOf } from '../fields/read-body.ts';

const NULL = 0x6e;

/**
 * The read phase of a request for a completion. `prompt` may be absent; servers then generate without a prompt. Throws
 * a `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function scanCompletion(body: Buffer): ScannedRequest {
  const prompt = new InputScanner('prompt');
  const fields = readFields(body, (name, cursor) => {
    if (name !== 'prompt' || cursor.peek() === NULL) return false;
    prompt.read(cursor);
    return true;
  });
  return {
    format: 'openai-completions',
    body,
    facts: {
      model: nameOf(body, fields),
      kind: OPERATION_KINDS.completion,
      stream: streamOf(body, fields),
      estimatedTokens: prompt.tokens,
      longestInputTokens: prompt.longest,
      maxOutputTokens: limitOf(body, fields, 'max_tokens', -1),
      sizeBytes: body.length,
      needs: [],
    },
    fields,
    signatures: [],
    hasUnsignedThinking: false,
  };
}
