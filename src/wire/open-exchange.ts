import type { Clock } from '../util/clock.ts';
import { systemClock } from '../util/clock.ts';
import { messagesUpstream } from './anthropic-messages/codec.ts';
import type { ClientRequest, Exchange, TargetRequest, UpstreamDialect } from './exchange.ts';
import { HubExchange } from './hub.ts';
import { decodeOpenAiChat } from './openai-chat/chat-request.ts';
import { OpenAiClientCodec } from './openai-chat/codec.ts';
import { OpenAiChatRequest } from './openai-chat/request.ts';
import { SameWireExchange } from './openai-chat/same-wire.ts';

/**
 * Prepares a client's request for one target: by its own bytes where both speak the same wire, else by way of the hub.
 * Throws a `GatewayError` `unsupported_parameter` for what the target's wire cannot carry.
 */
export function openExchange(
  request: ClientRequest,
  dialect: UpstreamDialect,
  target: TargetRequest,
  clock: Clock = systemClock,
): Exchange {
  if (!(request instanceof OpenAiChatRequest)) throw new TypeError(`no wire reads ${request.wire} requests`);
  switch (dialect.wire) {
    case 'openai-chat':
      return new SameWireExchange(request, dialect, target);
    case 'anthropic-messages': {
      const decoded = decodeOpenAiChat(request, target.params);
      const written = messagesUpstream.writeRequest(decoded.request, target, dialect);
      const translated = { body: written.body, warnings: [...decoded.warnings, ...written.warnings] };
      return new HubExchange(
        translated,
        new OpenAiClientCodec(() => clock.wall(), decoded.includeUsage),
        messagesUpstream,
      );
    }
  }
}
