import { fitTools } from '../anthropic-messages/fit-tools.ts';
import { scanMessages } from '../anthropic-messages/scan.ts';
import { withoutThinking } from '../anthropic-messages/without-thinking.ts';
import type { ScannedRequest, UnaryReply } from '../exchange.ts';
import { WarningList } from '../warning-list.ts';
import { WireFault } from '../fault.ts';
import { tokenCount } from '../json/value.ts';
import { parseReply } from '../reply-body.ts';
import { passUnary } from '../unary-exchange.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { estimateCount } from './estimate.ts';

/** Anthropic's `count_tokens`: the request is that of the Messages API, the reply a token count. */
export const anthropicCountTokensWire: Wire<'anthropic-count-tokens', 'count_tokens', NoDialect> = {
  format: 'anthropic-count-tokens',
  operation: 'count_tokens',
  framing: null,
  scan: scanCount,
  passThrough: (request, { path }, target) =>
    passUnary(request, path, target, checkCount, {}, (patch) => {
      // The number hardly changes, so there is no warning.
      fitTools(request, patch, new WarningList());
    }),
  codec: null,
  withoutThinking,
  estimate: estimateCount,
};

/** `stream` has no meaning for this operation. */
function scanCount(body: Buffer): ScannedRequest {
  const request = scanMessages(body);
  return { ...request, format: 'anthropic-count-tokens', facts: { ...request.facts, stream: false } };
}

/** Checks that a reply contains a count; its bytes pass unchanged. Throws a `WireFault` if it does not. */
function checkCount(body: Buffer): UnaryReply {
  if (tokenCount(parseReply(body)['input_tokens']) === null) {
    throw new WireFault('malformed', 'the reply contains no token count');
  }
  return { body, usage: null, model: null, signatures: [] };
}
