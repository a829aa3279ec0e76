import type { ExtraNames } from '../chat/extras.ts';

/** The extra fields of the Responses API. */
export const EXTRA_NAMES = {
  verbosity: 'text.verbosity',
  metadata: 'metadata',
  prompt_cache_key: 'prompt_cache_key',
} as const satisfies ExtraNames;
