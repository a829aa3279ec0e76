/** How servers of Ollama's `/api/chat` differ. */
export interface OllamaChatDialect {
  /** Unary requests are sent as streaming ones, and the stream is assembled here. */
  readonly unaryAsStream: boolean;
}
