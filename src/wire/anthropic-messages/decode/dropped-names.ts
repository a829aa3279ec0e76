import type { Warning } from '../../../protocol/wire.ts';

/** Maximum number of names in a warning, since a request may have any number of unknown keys. */
const MAX_NAMES = 16;
/** Maximum length of a name in a warning, in characters. */
const MAX_NAME_LENGTH = 64;

/**
 * Collects the names of what a translation drops from a request, without duplicates, for one warning (wire case 133).
 */
export class DroppedNames {
  readonly #names = new Set<string>();

  add(name: string): void {
    if (this.#names.size < MAX_NAMES) this.#names.add(name.slice(0, MAX_NAME_LENGTH));
  }

  get warnings(): readonly Warning[] {
    if (this.#names.size === 0) return [];
    return [{ code: 'parameter_dropped', detail: [...this.#names].join(', ') }];
  }
}
