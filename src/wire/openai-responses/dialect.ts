/** How servers of OpenAI's Responses API differ. */
export interface ResponsesDialect {
  /** Unary requests are sent as streaming ones, and the stream is assembled here. */
  readonly unaryAsStream: boolean;
}
