import type { Warning } from '../../protocol/wire.ts';

/** Names that one warning lists; a request may hold any number of unknown keys. */
const MAX_NAMES = 16;
const MAX_NAME_LENGTH = 64;

/** Gathers what a translation leaves out of a request, each name once, told in one warning (wire case 133). */
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
