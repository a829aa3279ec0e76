import type { ObjectEnd } from './object-end.ts';
import { filledString } from '../../json/value.ts';
import { newId } from '../../chat/ids.ts';
import { type MutableJson, NO_CLIENT, type NormalizeContext } from './context.ts';

/** Which usage a client gets: none, one chunk at the end, or whatever the upstream sends. */
export type UsageWish = 'hidden' | 'once' | 'as sent';

/** A tool call of a stream as received so far. */
export interface CallState {
  /** Its index for the client, from 0 without gaps; assigned when the call is opened. */
  index: number;
  /** Its index from the upstream; null if absent. */
  readonly upstreamIndex: number | null;
  readonly kind: 'function' | 'custom';
  /** The id for the client: the upstream's unless another call has it; null until one came. */
  id: string | null;
  /** The id from the upstream, even if another call has the same. */
  upstreamId: string | null;
  name: string;
  /** Its first delta, with id and name, has been sent. */
  opened: boolean;
  hasArguments: boolean;
  /** Its name came again after its arguments had begun. */
  isNamedAgain: boolean;
  readonly argumentsEnd: ObjectEnd;
  /** Its arguments so far. */
  text: string;
  /** Fields that came before the call could be opened: next to its `function` or `custom`, and inside. */
  readonly held: MutableJson;
  readonly heldPayload: MutableJson;
  /** The last delta of the choice that contributed to it. */
  delta: number;
}

/** A legacy `function_call` of a stream as received so far. */
export interface LegacyCallState {
  name: string;
  hasArguments: boolean;
}

/** The state of one choice of a stream. */
export class ChoiceState {
  readonly calls: CallState[] = [];
  roleSent = false;
  finished = false;
  /** The legacy `function_call` (wire case 76); null if absent. */
  legacyCall: LegacyCallState | null = null;
  /** Number of deltas with tool calls so far. */
  callDeltas = 0;
}

/** The state that the rules keep for one stream. */
export class StreamState {
  readonly context: NormalizeContext;
  readonly usageWish: UsageWish;
  /** The one id, time and model of all chunks; null before the first. */
  id: string | null = null;
  created = 0;
  model = '';
  /** The latest counts; the last ones go out at the end. */
  usage: MutableJson | null = null;
  /** A chunk that came before the first id (wire case 29). */
  nameless: MutableJson | null = null;
  /** Set by a rule: this chunk does not go out. */
  dropped = false;
  /** Set by a rule: the text of this chunk came in another place than where it goes out. */
  movedText = false;
  /** Set by a rule: this chunk has tool calls, even if they are held and do not go out with it. */
  hasCalls = false;
  /** Set by a rule: this chunk contains the usage, and is sent at the end unless another one follows. */
  tellsUsage = false;
  /** Set by a rule: a chunk that goes out before this one. */
  before: MutableJson | null = null;
  readonly #choices: (ChoiceState | undefined)[] = [];

  constructor(context: NormalizeContext = NO_CLIENT, usageWish: UsageWish = 'as sent') {
    this.context = context;
    this.usageWish = usageWish;
  }

  /** Clears what the rules set for the previous chunk. */
  begin(): void {
    this.dropped = false;
    this.movedText = false;
    this.hasCalls = false;
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

  /** A stream is complete when it has a choice 0 and every choice in it has its finish reason. */
  get whole(): boolean {
    if (this.#choices[0] === undefined) return false;
    return this.#choices.every((state) => state?.finished !== false);
  }

  /** Takes id, time and model from the first chunk, or generates them. */
  name(chunk: MutableJson): void {
    const { id, created, model } = chunk;
    const upstreamId = this.context.generateIds ? null : filledString(id);
    this.id = upstreamId ?? newId('chatcmpl-', this.context.random);
    this.created =
      typeof created === 'number' && created > 0 ? created : Math.floor(this.context.wall() / 1000);
    this.model = filledString(model) ?? this.context.model;
  }
}
