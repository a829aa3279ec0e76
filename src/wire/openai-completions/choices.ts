import { WireFault } from '../fault.ts';
import { filledString, isJsonObject } from '../json/value.ts';

/** The choices of one stream: which began, and which have had their finish reason. */
export class Choices {
  readonly #open = new Set<unknown>();
  #began = false;

  /** Has every choice that began its finish reason? */
  get finished(): boolean {
    return this.#began && this.#open.size === 0;
  }

  /** Takes the choices of one chunk; whether they hold text or an end. Throws a `WireFault` `malformed` for no list. */
  take(choices: unknown): boolean {
    if (!Array.isArray(choices)) throw new WireFault('malformed', 'a chunk of the stream holds no choices');
    let hasContent = false;
    for (const choice of choices as readonly unknown[]) {
      if (!isJsonObject(choice)) throw new WireFault('malformed', 'a choice of the stream is none');
      const { index, text, finish_reason: finish } = choice;
      this.#began = true;
      if (filledString(finish) === null) this.#open.add(index);
      else this.#open.delete(index);
      hasContent ||= filledString(text) !== null || filledString(finish) !== null;
    }
    return hasContent;
  }
}
