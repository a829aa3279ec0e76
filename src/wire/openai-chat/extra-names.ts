import type { ExtraField } from '../../protocol/chat.ts';
import type { ExtraNames } from '../chat/extras.ts';

/** The extra fields of OpenAI's chat wire, those of local servers among them. */
export const EXTRA_NAMES = {
  seed: 'seed',
  frequency_penalty: 'frequency_penalty',
  presence_penalty: 'presence_penalty',
  min_p: 'min_p',
  repeat_penalty: 'repeat_penalty',
  num_ctx: 'num_ctx',
  keep_alive: 'keep_alive',
  verbosity: 'verbosity',
  metadata: 'metadata',
  prompt_cache_key: 'prompt_cache_key',
} as const satisfies ExtraNames;

/** The names of the fields that a server has. */
export function extraNamesOf(fields: readonly ExtraField[]): ExtraNames {
  return Object.fromEntries(fields.map((field) => [field, EXTRA_NAMES[field]]));
}
