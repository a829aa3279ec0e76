/** Tokens of one reply as counted by the upstream, or estimated. An unknown count is null, never 0. */
export interface Usage {
  /** Prompt tokens, including cached ones, as OpenAI counts them (wire case 50). */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** The upstream reported no usage, or only a part; absent: it counted. */
  readonly estimated?: true;
}
