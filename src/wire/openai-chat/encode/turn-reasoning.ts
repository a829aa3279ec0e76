import type { ChatMessage } from '../../../protocol/chat.ts';
import type { OpenAiTraits } from '../dialect.ts';
import { reasoningKeys } from '../reasoning/reasoning-keys.ts';

/**
 * In place of thinking that is not known. Moonshot rejects an empty text, and accepts a space (charmbracelet/crush#2696).
 */
const BLANK = ' ';

/** Keys of a message. */
type Keys = Readonly<Record<string, string>>;

/** Writes the thinking of assistant turns under the keys that the server reads. */
export class TurnReasoning {
  /** Thinking that the model requires is not known: a blank was sent. */
  blank = false;
  readonly #fields: readonly string[];
  readonly #isRequired: boolean;

  /** `messages`: the whole conversation. */
  constructor(traits: OpenAiTraits, modelId: string, messages: readonly ChatMessage[]) {
    this.#fields = reasoningKeys(traits, modelId);
    this.#isRequired =
      traits.reasoningRequired?.test(modelId) === true &&
      messages.some(({ parts }) => parts.some(({ type }) => type === 'tool-call'));
  }

  /** The keys for thinking; null if there is none or the server takes none. */
  write(thinking: string): Keys | null {
    return thinking === '' ? null : this.#keys(thinking);
  }

  /** The keys for a turn without thinking; null if the model accepts it as it is. */
  writeNone(): Keys | null {
    if (!this.#isRequired) return null;
    this.blank = true;
    return this.#keys(BLANK);
  }

  #keys(text: string): Keys | null {
    if (this.#fields.length === 0) return null;
    return Object.fromEntries(this.#fields.map((field) => [field, text]));
  }
}
