import { createHash } from 'node:crypto';
import type { ChatReply } from '../../../protocol/chat.ts';
import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ChatNotes } from '../../codec.ts';
import { restoreKeys } from './argument-keys.ts';

const UNUSUAL = /[^A-Za-z0-9_-]/g;
/** Hexadecimal digits of a hash that distinguishes names with the same truncated form. */
const HASH_DIGITS = 8;

/**
 * Renames tools whose names an upstream refuses: too long, or with dots and slashes, as MCP creates them (wire case
 * 72). The new name depends only on the old one, so it is the same in every turn of a conversation; `notes` map it
 * back.
 */
export class ToolNames {
  readonly #maxLength: number | null;
  #originals: Map<string, string> | null = null;
  #keys: Map<string, ReadonlyMap<string, string>> | null = null;

  /** `maxLength` in characters of `A-Za-z0-9_-`; null: names are not changed. */
  constructor(maxLength: number | null) {
    this.#maxLength = maxLength;
  }

  /** The name to send. */
  outgoing(name: string): string {
    const maxLength = this.#maxLength;
    if (maxLength === null) return name;
    const clean = name.replace(UNUSUAL, '_');
    if (clean === name && name.length <= maxLength) return name;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS);
    const renamed = `${clean.slice(0, maxLength - HASH_DIGITS - 1)}_${hash}`;
    (this.#originals ??= new Map<string, string>()).set(renamed, name);
    return renamed;
  }

  /** What the reader of the reply needs; null when no name was changed, which is the usual case. */
  get notes(): ChatNotes | null {
    if (this.#keys !== null) return { toolNames: this.#originals ?? new Map(), argumentKeys: this.#keys };
    return this.#originals === null ? null : { toolNames: this.#originals };
  }

  /** Notes that the schema of this tool is sent with other property names: the client's by the names sent. */
  noteKeys(name: string, keys: ReadonlyMap<string, string>): void {
    (this.#keys ??= new Map<string, ReadonlyMap<string, string>>()).set(this.outgoing(name), keys);
  }

  /** The changed property names of this tool; null: none. */
  keysOf(name: string): ReadonlyMap<string, string> | null {
    return this.#keys?.get(this.outgoing(name)) ?? null;
  }
}

/** Restores the client's tool names, and the names of their properties, in a reply. */
export function restoreReply(reply: ChatReply, notes: ChatNotes | null): ChatReply {
  if (notes === null) return reply;
  const { toolNames, argumentKeys } = notes;
  const parts = reply.parts.map((part) => {
    if (part.type !== 'tool-call') return part;
    const keys = argumentKeys?.get(part.name);
    return {
      ...part,
      name: toolNames.get(part.name) ?? part.name,
      arguments: keys === undefined ? part.arguments : restoreKeys(part.arguments, keys),
    };
  });
  return { ...reply, parts };
}

/** Restores the client's tool name in an event. */
export function restoreEvent(event: StreamEvent, { toolNames }: ChatNotes): StreamEvent {
  if (event.type !== 'tool-call-start') return event;
  return { ...event, name: toolNames.get(event.name) ?? event.name };
}
