import type { WireFormat } from '../protocol/wire.ts';
import { messagesCodec } from './anthropic-messages/codec.ts';
import type { WireCodec } from './codec.ts';
import { openAiChatCodec } from './openai-chat/codec.ts';

const CODECS: Readonly<Record<WireFormat, WireCodec>> = {
  'openai-chat': openAiChatCodec,
  'anthropic-messages': messagesCodec,
};

/** How a wire is read and written. */
export function codecOf(format: WireFormat): WireCodec {
  return CODECS[format];
}
