import { SSE } from '../framing/sse.ts';
import type { Wire } from '../wire.ts';
import { messagesCodec } from './codec.ts';
import type { MessagesDialect } from './dialect.ts';
import { passThrough } from './pass-through.ts';
import { scanMessages } from './scan.ts';
import { withoutThinking } from './without-thinking.ts';

/** Anthropic's Messages API. */
export const anthropicMessagesWire: Wire<'anthropic-messages', 'chat', MessagesDialect> = {
  format: 'anthropic-messages',
  operation: 'chat',
  framing: SSE,
  scan: scanMessages,
  passThrough,
  codec: messagesCodec,
  withoutThinking,
};
