/**
 * Options of Ollama's own that a target's defaults may set by their names (`Options` and `Runner` in `api/types.go` of
 * ollama/ollama), apart from those that requests have, too.
 */
export const OWN_OPTIONS: ReadonlySet<string> = new Set([
  ...[
    'num_keep',
    'typical_p',
    'repeat_last_n',
    'mirostat',
    'mirostat_tau',
    'mirostat_eta',
    'penalize_newline',
  ],
  ...['num_batch', 'num_gpu', 'main_gpu', 'use_mmap', 'num_thread'],
]);

/** The option that limits the output, in tokens; negative: no limit. */
export const NUM_PREDICT = 'num_predict';

/** The options that a target's defaults name as in OpenAI's chat wire. */
export const OPTION_NAMES: Readonly<Record<string, string>> = {
  max_tokens: NUM_PREDICT,
  max_completion_tokens: NUM_PREDICT,
  temperature: 'temperature',
  top_p: 'top_p',
  top_k: 'top_k',
  stop: 'stop',
};
