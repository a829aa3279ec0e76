import { filledString } from '../../json/value.ts';
import { newId } from './new-id.ts';
import { NO_CLIENT, type MutableJson, type NormalizeContext } from './rule.ts';

/** What a client gets of the usage: nothing, one chunk at the end, or whatever the upstream sends. */
export type UsageWish = 'hidden' | 'once' | 'as sent';

/** A tool call of a stream as far as it has come. */
export interface CallState {
  /** Its number towards the client, from 0 without gaps. */
  readonly index: number;
  /** Its number at the upstream; null where that gives none. */
  readonly upstreamIndex: number | null;
  readonly kind: 'function' | 'custom';
  /** The upstream's id; null as long as it has said none. */
  id: string | null;
  name: string;
  /** Its first delta, with id and name, has gone out. */
  opened: boolean;
  hasArguments: boolean;
  /** Its arguments so far: kept only where no id tells the next call from this one, and before it is opened. */
  text: string;
  /** What came of it before it could be opened. */
  held: MutableJson;
  /** The last delta of the choice that had a part of it. */
  delta: number;
}

/** What is known of one choice of a stream. */
export class ChoiceState {
  readonly calls: CallState[] = [];
  roleSent = false;
  finished = false;
  /** A call in the older way, `function_call`, was seen (wire case 76). */
  olderCall = false;
  /** Deltas with tool calls so far. */
  callDeltas = 0;
}

/** What the rules remember of one stream. */
export class StreamState {
  readonly context: NormalizeContext;
  readonly usageWish: UsageWish;
  /** The one id, time and model of all chunks; null before the first. */
  id: string | null = null;
  created = 0;
  model = '';
  /** The last usage that was taken out and may have to go out at the end. */
  usage: MutableJson | null = null;
  usageSent = false;
  /** A chunk that came before the first id (wire case 29). */
  nameless: MutableJson | null = null;
  /** Set by a rule: this chunk does not go out. */
  dropped = false;
  /** Set by a rule: a chunk that goes out before this one. */
  before: MutableJson | null = null;
  readonly #choices: (ChoiceState | undefined)[] = [];

  constructor(context: NormalizeContext = NO_CLIENT, usageWish: UsageWish = 'as sent') {
    this.context = context;
    this.usageWish = usageWish;
  }

  /** Clears what the rules set for the chunk before. */
  begin(): void {
    this.dropped = false;
    this.before = null;
  }

  /** The state of the choice with this index. */
  choice(index: number): ChoiceState {
    let state = this.#choices[index];
    if (state === undefined) {
      state = new ChoiceState();
      this.#choices[index] = state;
    }
    return state;
  }

  /** A stream is whole when every choice that was seen has had its finish reason (DESIGN section 8). */
  get whole(): boolean {
    let seen = false;
    for (const state of this.#choices) {
      if (state === undefined) continue;
      if (!state.finished) return false;
      seen = true;
    }
    return seen;
  }

  /** Takes what the first chunk says of the reply as a whole. */
  name(chunk: MutableJson): void {
    const { id, created, model } = chunk;
    const own = this.context.ownIds ? null : filledString(id);
    this.id = own ?? newId('chatcmpl-', this.context.random);
    this.created =
      typeof created === 'number' && created > 0 ? created : Math.floor(this.context.wall() / 1000);
    this.model = filledString(model) ?? this.context.model;
  }
}
