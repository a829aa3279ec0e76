import type { ExtraNames } from '../chat/extras.ts';

/** Where Ollama's own API has the extra fields (`api/types.go` of ollama/ollama). */
export const OLLAMA_EXTRA_NAMES = {
  seed: 'options.seed',
  frequency_penalty: 'options.frequency_penalty',
  presence_penalty: 'options.presence_penalty',
  min_p: 'options.min_p',
  repeat_penalty: 'options.repeat_penalty',
  num_ctx: 'options.num_ctx',
  keep_alive: 'keep_alive',
} as const satisfies ExtraNames;
