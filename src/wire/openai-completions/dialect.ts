/** How servers of OpenAI's completions differ from each other. */
export interface CompletionsDialect {
  /** A unary request is asked for as a stream and put together here: where only streams are cancelled promptly. */
  readonly unaryAsStream: boolean;
  /** It takes one text as `prompt`, neither several nor token ids, and gives one choice (wire case 177). */
  readonly single: boolean;
}
