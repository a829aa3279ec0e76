import type { ChatReply } from '../../../protocol/chat.ts';

/** Decodes a whole reply of an upstream. Throws a `WireFault`. */
export function decodeResponsesReply(body: Buffer): ChatReply {
  throw new Error(`not built ${body.length}`);
}
