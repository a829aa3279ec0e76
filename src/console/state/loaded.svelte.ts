import { ApiError } from '../api/api-error.ts';
import { errorText } from '../api/console-words.ts';
import { coalesced } from './coalesced.ts';

/** A reply that a page shows, read when the page opens and again when something changes. */
export class Loaded<Reply> {
  /** The last reply; null: none yet. */
  value = $state.raw<Reply | null>(null);
  /** Why the last reading failed; null: it did not. */
  problem = $state<string | null>(null);
  /** It failed because what was asked for does not exist. */
  isMissing = $state(false);
  readonly #read: () => Promise<Reply>;

  /** `read` rejects with an `ApiError`. */
  constructor(read: () => Promise<Reply>) {
    this.#read = read;
  }

  /** Reads again; resolves when `value` is at least as new as the call. */
  readonly load = coalesced(async () => {
    try {
      this.value = await this.#read();
      this.problem = null;
      this.isMissing = false;
    } catch (error) {
      this.problem = messageOf(error);
      this.isMissing = error instanceof ApiError && error.status === 404;
    }
  });
}

/** The message of an `ApiError` in the words of the console, with an engine's exit code if it lacks that; anything else is thrown again. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  const exitCode = error.detail.exit_code ?? null;
  const message = errorText(error);
  return exitCode === null || message.includes('exit code') ? message : `${message} (exit code ${exitCode})`;
}
