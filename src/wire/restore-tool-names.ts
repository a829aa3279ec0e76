import type { ChatReply } from '../protocol/chat.ts';
import type { StreamEvent } from '../protocol/stream-event.ts';
import type { StreamDecoder, WireCodec } from './codec.ts';

/**
 * The upstream's codec for a request some of whose tools went out under another name (wire case 72): what it reads
 * calls them by the client's own. The codec itself where none did.
 */
export function restoreToolNames(
  codec: WireCodec,
  originals: ReadonlyMap<string, string> | undefined,
): WireCodec {
  if (originals === undefined) return codec;
  return {
    ...codec,
    decodeReply: (body) => restoreReply(codec.decodeReply(body), originals),
    openDecoder: () => restoreStream(codec.openDecoder(), originals),
  };
}

function restoreReply(reply: ChatReply, originals: ReadonlyMap<string, string>): ChatReply {
  const parts = reply.parts.map((part) =>
    part.type === 'tool-call' ? { ...part, name: originals.get(part.name) ?? part.name } : part,
  );
  return { ...reply, parts };
}

function restoreStream(decoder: StreamDecoder, originals: ReadonlyMap<string, string>): StreamDecoder {
  const restore = (event: StreamEvent): StreamEvent =>
    event.type === 'tool-call-start' ? { ...event, name: originals.get(event.name) ?? event.name } : event;
  return {
    read: (fields) => decoder.read(fields).map(restore),
    end: () => decoder.end().map(restore),
  };
}
