import { filledString } from '../../json/value.ts';
import { newId } from '../ids.ts';
import { type MutableJson, NO_CLIENT, type NormalizeContext } from './context.ts';

/** What a client gets of the usage: nothing, one chunk at the end, or whatever the upstream sends. */
export type UsageWish = 'hidden' | 'once' | 'as sent';

/** A tool call of a stream as far as it has come. */
export interface CallState {
  /** Its number towards the client, from 0 without gaps; known once it is opened. */
  index: number;
  /** Its number at the upstream; null where that gives none. */
  readonly upstreamIndex: number | null;
  readonly kind: 'function' | 'custom';
  /** The upstream's id unless another call has it; null as long as it has said none. */
  id: string | null;
  /** The upstream's id, be it shared. */
  upstreamId: string | null;
  name: string;
  /** Its first delta, with id and name, has gone out. */
  opened: boolean;
  hasArguments: boolean;
  /** Its arguments so far. */
  text: string;
  /** What came of it before it could be opened: beside its `function` or `custom`, and in there. */
  readonly held: MutableJson;
  readonly heldPayload: MutableJson;
  /** The last delta of the choice that had a part of it. */
  delta: number;
}

/** A `function_call` of a stream as far as it has come. */
export interface OlderCallState {
  name: string;
  hasArguments: boolean;
}

/** What is known of one choice of a stream. */
export class ChoiceState {
  readonly calls: CallState[] = [];
  roleSent = false;
  finished = false;
  /** The call in the older way, `function_call` (wire case 76); null when there is none. */
  olderCall: OlderCallState | null = null;
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
  /** The counts so far, of which the last ones go out at the end. */
  usage: MutableJson | null = null;
  /** A chunk that came before the first id (wire case 29). */
  nameless: MutableJson | null = null;
  /** Set by a rule: this chunk does not go out. */
  dropped = false;
  /** Set by a rule: the text of this chunk stood somewhere else than where it goes out. */
  movedText = false;
  /** Set by a rule: this chunk tells the usage, and goes out at the end unless another one follows. */
  tellsUsage = false;
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
    this.movedText = false;
    this.tellsUsage = false;
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

  /** A stream is whole when it holds a choice 0, and every choice that was seen has had its finish reason. */
  get whole(): boolean {
    if (this.#choices[0] === undefined) return false;
    return this.#choices.every((state) => state?.finished !== false);
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
