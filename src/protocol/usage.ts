/** Tokens of one reply as the upstream counted them. Absent knowledge is null, never 0. */
export interface Usage {
  /** Prompt tokens, cached ones included (the OpenAI way of counting; wire-formats case 50). */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
}
