import { createHash } from 'node:crypto';
import type { ChatReply } from '../../protocol/chat.ts';
import type { StreamEvent } from '../../protocol/stream-event.ts';
import type { ChatNotes } from '../codec.ts';

const UNUSUAL = /[^A-Za-z0-9_-]/g;
/** Hexadecimal digits of a hash that tell two names apart which are cut to the same. */
const HASH_DIGITS = 8;

/**
 * Tool names that an upstream refuses (too long, or with dots and slashes, as MCP makes them) under names that it
 * takes (wire case 72). The new name depends on the old one alone, so that it is the same in every turn of a
 * conversation; `notes` lead back.
 */
export class ToolNames {
  readonly #longest: number | null;
  #originals: Map<string, string> | null = null;

  /** `longest` in characters of `A-Za-z0-9_-`; null: every name goes out as it is. */
  constructor(longest: number | null) {
    this.#longest = longest;
  }

  /** The name that goes out. */
  outgoing(name: string): string {
    const longest = this.#longest;
    if (longest === null) return name;
    const clean = name.replace(UNUSUAL, '_');
    if (clean === name && name.length <= longest) return name;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS);
    const renamed = `${clean.slice(0, longest - HASH_DIGITS - 1)}_${hash}`;
    (this.#originals ??= new Map<string, string>()).set(renamed, name);
    return renamed;
  }

  /** What the reader of the reply must know; null when no name was changed, as nearly always. */
  get notes(): ChatNotes | null {
    return this.#originals === null ? null : { toolNames: this.#originals };
  }
}

/** The reply with its tools under the client's own names. */
export function restoreReply(reply: ChatReply, notes: ChatNotes | null): ChatReply {
  if (notes === null) return reply;
  const { toolNames } = notes;
  const parts = reply.parts.map((part) =>
    part.type === 'tool-call' ? { ...part, name: toolNames.get(part.name) ?? part.name } : part,
  );
  return { ...reply, parts };
}

/** The event with its tool under the client's own name. */
export function restoreEvent(event: StreamEvent, { toolNames }: ChatNotes): StreamEvent {
  if (event.type !== 'tool-call-start') return event;
  return { ...event, name: toolNames.get(event.name) ?? event.name };
}
