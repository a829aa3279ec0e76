/** How servers of OpenAI's completions differ. */
export interface CompletionsDialect {
  /** Unary requests are sent as streams and assembled here: for servers that only cancel streams promptly. */
  readonly unaryAsStream: boolean;
  /** `prompt` must be one text, neither several nor token ids, and the reply has one choice (wire case 177). */
  readonly single: boolean;
  /** How many stop sequences a request may have; null: any number (wire case 212). */
  readonly stopSequences: number | null;
}
