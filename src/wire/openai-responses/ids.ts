import { createHash } from 'node:crypto';

/** The prefixes of ids of replies in the wires of upstreams. */
const PREFIX = /^(?:resp_|chatcmpl-|msg_)/;
/** Characters that the ids of OpenAI consist of. */
const PLAIN = /^[A-Za-z0-9_-]{1,48}$/;

/** The kinds of output items, and the prefixes of their ids. */
export type ItemKind = keyof typeof ITEM_PREFIXES;

/** Of reasoning that Laneway has translated, so that it is recognised when it comes back. */
const OWN_REASONING = 'rs_lw_';

const ITEM_PREFIXES = {
  message: 'msg_',
  reasoning: OWN_REASONING,
  function_call: 'fc_',
  custom_tool_call: 'ctc_',
} as const;

/**
 * The ids of one reply: made of the upstream's id, so that the logs of client and upstream can be correlated, and the
 * same in a whole reply as in a stream. The id of an item is not the id of its call (wire case 184).
 */
export class ReplyIds {
  readonly response: string;
  readonly #base: string;

  /** `wall`: milliseconds since 1970, for a reply whose upstream sent no id. */
  constructor(upstreamId: string | null, wall: number) {
    const base = upstreamId?.replace(PREFIX, '') ?? '';
    if (base === '') this.#base = wall.toString(36);
    else this.#base = PLAIN.test(base) ? base : createHash('sha256').update(base).digest('hex').slice(0, 32);
    this.response = `resp_${this.#base}`;
  }

  /** The id of the item number `index`. */
  item(kind: ItemKind, index: number): string {
    return `${ITEM_PREFIXES[kind]}${this.#base}_${index}`;
  }
}

/** Is this the id of a reasoning item of a translated reply? OpenAI knows no such item. */
export function isOwnReasoning(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith(OWN_REASONING);
}
