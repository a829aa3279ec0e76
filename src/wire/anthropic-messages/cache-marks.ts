import type { CacheMark } from '../../protocol/chat.ts';
import type { WarningList } from '../warning-list.ts';

/** The most that one request may hold (docs, prompt caching). */
const MAX_MARKS = 4;

/**
 * The cache marks of one request, in the order of its prompt: tools, system, messages (wire case 121). Where there are
 * more than the API takes, the first stays, which holds the part that changes least, and the last ones, which reach
 * furthest.
 */
export class CacheMarks {
  readonly #marked: { readonly block: Record<string, unknown>; readonly cache: CacheMark }[] = [];

  /** Notes that the block was marked, if it was, and gives it back. */
  note<T extends Record<string, unknown>>(block: T, cache: CacheMark | null): T {
    if (cache !== null) this.#marked.push({ block, cache });
    return block;
  }

  /** Writes `cache_control` onto the blocks that keep their mark. */
  apply(warnings: WarningList): void {
    const surplus = this.#marked.length - MAX_MARKS;
    if (surplus > 0) {
      this.#marked.splice(1, surplus);
      warnings.dropped(`cache marks beyond ${MAX_MARKS}`);
    }
    for (const { block, cache } of this.#marked) block['cache_control'] = cacheControl(cache);
  }
}

/** The API knows two spans; a longer one than 5 minutes (OpenAI's `30m`, `12h`) becomes an hour. */
function cacheControl({ ttl }: CacheMark): Readonly<Record<string, string>> {
  if (ttl === null) return { type: 'ephemeral' };
  return { type: 'ephemeral', ttl: ttl === '5m' ? '5m' : '1h' };
}
