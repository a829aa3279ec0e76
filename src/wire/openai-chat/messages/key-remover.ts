import type { BodyPatch } from '../../json/patch.ts';

/**
 * Removes keys of one object by the bytes: each with the comma after it, keys at the end of the object with the comma
 * before the first of them. It is notified of all keys, in order.
 */
export class KeyRemover {
  readonly #patch: BodyPatch;
  /** Where the last value that stays ends; null: none yet. */
  #keptEnd: number | null = null;
  /** The current run of keys to remove: where it starts, and where its last value ends. */
  #run: { readonly start: number; end: number } | null = null;

  constructor(patch: BodyPatch) {
    this.#patch = patch;
  }

  /** The key is removed; offsets of its start, and of the end of its value. */
  remove(start: number, end: number): void {
    this.#run ??= { start, end };
    this.#run.end = end;
  }

  /** The key stays; offsets as in `remove`. */
  keep(start: number, end: number): void {
    if (this.#run !== null) this.#patch.replace(this.#run.start, start, '');
    this.#run = null;
    this.#keptEnd = end;
  }

  /** The object has ended. */
  end(): void {
    if (this.#run !== null) this.#patch.replace(this.#keptEnd ?? this.#run.start, this.#run.end, '');
  }
}
