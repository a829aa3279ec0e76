import { isDeepStrictEqual } from 'node:util';
import type { ChatReply, ChatRequest } from '../../../src/protocol/chat.ts';
import { common, commonReply } from './edits.ts';
import { MESSAGES } from './messages.ts';
import { OLLAMA } from './ollama.ts';
import { OPENAI_CHAT } from './openai-chat.ts';
import { RESPONSES } from './responses.ts';
import type { TestWire } from './test-wire.ts';

/** All chat wires. */
export const CHAT_WIRES: readonly TestWire[] = [OPENAI_CHAT, MESSAGES, RESPONSES, OLLAMA];

/**
 * What both wires can say of a request. Repeated until nothing more goes away, since each turn that goes brings others
 * together, of which a wire may not be able to say one either. A request without a change ends it, and each round takes
 * away at least a part.
 */
export function saidByBoth(request: ChatRequest, one: TestWire, other: TestWire): ChatRequest {
  const said = common(other.sayable(one.sayable(request)));
  return isDeepStrictEqual(said, request) ? said : saidByBoth(said, one, other);
}

/** What both wires can say of a reply. */
export function repliedByBoth(reply: ChatReply, one: TestWire, other: TestWire): ChatReply {
  return other.sayableReply(one.sayableReply(commonReply(reply)));
}
