import { scanMessages } from '../anthropic-messages/scan.ts';
import { withoutThinking } from '../anthropic-messages/without-thinking.ts';
import type { ScannedRequest } from '../exchange.ts';
import { passUnary } from '../unary-exchange.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { estimateCount } from './estimate.ts';
import { checkCount } from './reply.ts';

/** Anthropic's `count_tokens`: its request is that of a message, its reply a number. */
export const anthropicCountTokensWire: Wire<'anthropic-count-tokens', 'count_tokens', NoDialect> = {
  format: 'anthropic-count-tokens',
  operation: 'count_tokens',
  framing: null,
  scan: scanCount,
  passThrough: (request, { path }, target) => passUnary(request, path, target, checkCount),
  codec: null,
  withoutThinking,
  estimate: estimateCount,
};

/** `stream` has no meaning here. */
function scanCount(body: Buffer): ScannedRequest {
  const request = scanMessages(body);
  return { ...request, format: 'anthropic-count-tokens', facts: { ...request.facts, stream: false } };
}
