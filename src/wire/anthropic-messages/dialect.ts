/** How servers of the Messages wire differ from each other: facts of a type of server, as data. */
export interface MessagesDialect {
  /** A unary request is asked for as a stream and put together here. */
  readonly unaryAsStream: boolean;
}
