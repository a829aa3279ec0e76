import type { CacheBreakpoint } from '../../protocol/chat.ts';
import type { JsonObject } from '../json/value.ts';

/**
 * The value of `prompt_cache_breakpoint` in OpenAI's wires. Their own lifetimes pass. Anthropic's one hour becomes the
 * next longer one; Anthropic's five minutes become the default.
 */
export function promptCacheBreakpoint({ ttl }: CacheBreakpoint): JsonObject {
  if (ttl === '30m' || ttl === '12h') return { mode: 'explicit', ttl };
  return ttl === '1h' ? { mode: 'explicit', ttl: '12h' } : { mode: 'explicit' };
}
