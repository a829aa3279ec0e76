import type { UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { tokenCount } from '../json/value.ts';
import { parseReply } from '../reply-body.ts';

/** Checks that a reply holds a count; its bytes pass as they are. Throws a `WireFault` when it is none. */
export function checkCount(body: Buffer): UnaryReply {
  if (tokenCount(parseReply(body)['input_tokens']) === null) {
    throw new WireFault('malformed', 'the reply holds no count of tokens');
  }
  return { body, usage: null, model: null, signatures: [] };
}
