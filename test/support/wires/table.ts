import type { ChatReply, ChatRequest } from '../../../src/protocol/chat.ts';
import { common, commonReply } from './edits.ts';
import { MESSAGES } from './messages.ts';
import { OLLAMA } from './ollama.ts';
import { OPENAI_CHAT } from './openai-chat.ts';
import { RESPONSES } from './responses.ts';
import type { TestWire } from './test-wire.ts';

/** All chat wires. */
export const CHAT_WIRES: readonly TestWire[] = [OPENAI_CHAT, MESSAGES, RESPONSES, OLLAMA];

/** What both wires can say of a request. Twice, since what one wire takes away brings other turns together. */
export function saidByBoth(request: ChatRequest, one: TestWire, other: TestWire): ChatRequest {
  const once = (from: ChatRequest): ChatRequest => other.sayable(one.sayable(common(from)));
  return common(once(once(request)));
}

/** What both wires can say of a reply. */
export function repliedByBoth(reply: ChatReply, one: TestWire, other: TestWire): ChatReply {
  return other.sayableReply(one.sayableReply(commonReply(reply)));
}
