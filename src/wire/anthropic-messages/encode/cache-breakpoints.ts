import type { CacheBreakpoint } from '../../../protocol/chat.ts';
import type { WarningList } from '../../warning-list.ts';

/** Maximum number of cache breakpoints in one request (Anthropic documentation, prompt caching). */
const MAX_BREAKPOINTS = 4;

/**
 * The cache breakpoints of one request, in the order of the prompt: tools, system, messages (wire case 121). If there
 * are more than the API accepts, the first one is kept, since it covers the part that changes least, and the last
 * ones, since they cover the longest prefixes.
 */
export class CacheBreakpoints {
  readonly #marked: { readonly block: Record<string, unknown>; readonly cache: CacheBreakpoint }[] = [];

  /** Records the block if it has a breakpoint, and returns it. */
  note<T extends Record<string, unknown>>(block: T, cache: CacheBreakpoint | null): T {
    if (cache !== null) this.#marked.push({ block, cache });
    return block;
  }

  /** Adds `cache_control` to the blocks whose breakpoint is kept. */
  apply(warnings: WarningList): void {
    const surplus = this.#marked.length - MAX_BREAKPOINTS;
    if (surplus > 0) {
      this.#marked.splice(1, surplus);
      warnings.dropped(`cache breakpoints beyond ${MAX_BREAKPOINTS}`);
    }
    for (const { block, cache } of this.#marked) block['cache_control'] = cacheControl(cache);
  }
}

/** The API supports 5 minutes and 1 hour; longer lifetimes than 5 minutes (OpenAI's `30m`, `12h`) become 1 hour. */
function cacheControl({ ttl }: CacheBreakpoint): Readonly<Record<string, string>> {
  if (ttl === null) return { type: 'ephemeral' };
  return { type: 'ephemeral', ttl: ttl === '5m' ? '5m' : '1h' };
}
