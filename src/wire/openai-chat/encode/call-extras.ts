import type { ToolCallPart } from '../../../protocol/chat.ts';
import type { TargetRequest } from '../../exchange.ts';
import { writeCallState } from '../call-state.ts';
import type { OpenAiTraits } from '../dialect.ts';

/** The keys of a call with the vendor's state; without a state there is none. */
type Extra = ReturnType<typeof writeCallState>;

/** Does the model reject a turn of calls without state? */
export function requiresState({ unsignedCalls }: OpenAiTraits, modelId: string): boolean {
  return unsignedCalls?.models.test(modelId) === true;
}

/** Gives the calls of a conversation the state back that their vendor attached to them. */
export class CallExtras {
  /** A state is lost that the target made, or that its model requires. */
  lost = false;
  readonly #states: TargetRequest['callStates'];
  readonly #unsigned: OpenAiTraits['unsignedCalls'];

  constructor(traits: OpenAiTraits, { modelId, callStates }: Pick<TargetRequest, 'modelId' | 'callStates'>) {
    this.#states = callStates;
    this.#unsigned = requiresState(traits, modelId) ? traits.unsignedCalls : null;
  }

  /**
   * The keys for each call of one turn. A model that requires state requires it only with the first of parallel calls
   * (ai.google.dev/gemini-api/docs, "Thought signatures").
   */
  write(calls: readonly Pick<ToolCallPart, 'id'>[]): readonly Extra[] {
    const extras = calls.map(({ id }) => this.#extra(id));
    const [first] = extras;
    if (this.#unsigned === null || first === undefined || 'extra_content' in first) return extras;
    this.lost = true;
    return [{ extra_content: this.#unsigned.extraContent }, ...extras.slice(1)];
  }

  /** The JSON of the state of a turn's first call, which the client has not sent, for a model that requires state. */
  forFirst(id: string): string {
    const [first] = this.write([{ id }]);
    return JSON.stringify(first?.extra_content);
  }

  /** Another target cannot read a state. */
  #extra(callId: string): Extra {
    const known = this.#states?.byCall.get(callId);
    if (known === undefined) return {};
    if (known.target === this.#states?.target) return writeCallState(known.state);
    this.lost = true;
    return {};
  }
}
