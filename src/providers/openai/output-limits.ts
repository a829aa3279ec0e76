/**
 * The largest replies of OpenAI's models in tokens, since its list does not report them: a request above is refused
 * ("max_tokens is too large: 32000. This model supports at most 16384 completion tokens", Gitlawb/openclaude#58). The
 * numbers are those of OpenAI's model pages, also for snapshots and fine-tuned models. A configured `max_output_tokens`
 * takes precedence.
 */
export const OPENAI_OUTPUT_LIMITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ft:)?gpt-4o-2024-05-13/, 4096],
  [/^(?:ft:|chat)?gpt-4o/, 16_384],
  [/^(?:ft:)?gpt-4\.1/, 32_768],
  [/^gpt-4\.5/, 16_384],
  [/^gpt-4(?:-turbo|-\d{4}-preview|-vision-preview)/, 4096],
  [/^(?:ft:)?gpt-4(?:-0613)?(?::|$)/, 8192],
  [/^(?:ft:)?gpt-3\.5-turbo(?!-instruct)/, 4096],
  [/^o1-preview/, 32_768],
  [/^o1-mini/, 65_536],
  [/^(?:ft:)?(?:o1|o3|o4-mini)(?:-|:|$)/, 100_000],
  [/^gpt-5[^-]*-chat/, 16_384],
  [/^gpt-5(?!-pro)/, 128_000],
];
