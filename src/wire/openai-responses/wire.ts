import { SSE } from '../framing/sse.ts';
import type { Wire } from '../wire.ts';
import { responsesCodec } from './codec.ts';
import type { ResponsesDialect } from './dialect.ts';
import { passThrough } from './pass-through.ts';
import { scanResponses } from './scan.ts';
import { withoutThinking } from './without-thinking.ts';

/** OpenAI's Responses API. */
export const responsesWire: Wire<'openai-responses', 'chat', ResponsesDialect> = {
  format: 'openai-responses',
  operation: 'chat',
  framing: SSE,
  scan: scanResponses,
  passThrough,
  codec: responsesCodec,
  withoutThinking,
};
