import { SSE } from '../framing/sse.ts';
import type { Wire } from '../wire.ts';
import { openAiChatCodec } from './codec.ts';
import type { OpenAiChatDialect } from './dialect.ts';
import { passThrough } from './pass-through.ts';
import { scanOpenAiChat } from './scan.ts';
import { withoutThinking } from './reasoning/without-thinking.ts';

/** OpenAI's chat completions. */
export const openAiChatWire: Wire<'openai-chat', 'chat', OpenAiChatDialect> = {
  format: 'openai-chat',
  operation: 'chat',
  framing: SSE,
  scan: scanOpenAiChat,
  passThrough,
  codec: openAiChatCodec,
  withoutThinking,
};
