/** How servers of the Messages wire differ. */
export interface MessagesDialect {
  /** Unary requests are sent as streaming ones, and the stream is assembled here. */
  readonly unaryAsStream: boolean;
}
