/** The wire formats that Laneway speaks, to clients or to upstreams. */
export type WireFormat = 'openai-chat' | 'anthropic-messages';

/** Something that was changed or left out on the way, told in `x-laneway-warnings` and in the trace. */
export interface Warning {
  /** Stable word such as `parameter_dropped`. */
  readonly code: string;
  /** One short phrase in ASCII: the field, the model, the reason. */
  readonly detail: string;
}
