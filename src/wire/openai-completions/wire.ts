import { SSE } from '../framing/sse.ts';
import type { Wire } from '../wire.ts';
import type { CompletionsDialect } from './dialect.ts';
import { passThrough } from './pass-through.ts';
import { scanCompletion } from './scan.ts';

/**
 * OpenAI's older `/v1/completions`, which continues a text. It is never served by a chat endpoint, since a chat
 * template around the prompt would change what the model sees (wire case 178).
 */
export const openAiCompletionsWire: Wire<'openai-completions', 'completion', CompletionsDialect> = {
  format: 'openai-completions',
  operation: 'completion',
  framing: SSE,
  scan: scanCompletion,
  passThrough,
  codec: null,
  hint: 'use /v1/chat/completions',
};
