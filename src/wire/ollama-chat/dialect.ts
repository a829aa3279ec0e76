/** How servers of Ollama's `/api/chat` differ. */
export interface OllamaChatDialect {
  /** Unary requests are sent as streaming ones, and the stream is assembled here. */
  readonly unaryAsStream: boolean;
  /**
   * Ids of the models whose thinking has levels and cannot be switched off; all others take only true and false ("think
   * value … is not supported for this model", ollama server/routes.go).
   */
  readonly thinkLevels: RegExp;
}
