/** What is wrong with a GGUF file. */
export type GgufFaultKind =
  'not_gguf' | 'unsupported' | 'truncated' | 'invalid' | 'too_large' | 'unreadable' | 'missing_shard';

/** A GGUF file that cannot be used. The message is the reason, in words for an operator, without the path. */
export class GgufFault extends Error {
  override readonly name = 'GgufFault';
  readonly kind: GgufFaultKind;

  constructor(kind: GgufFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Anything that was thrown while a file was read, as a fault: a `GgufFault` itself, else `unreadable` with its code. */
export function toFault(error: unknown): GgufFault {
  if (error instanceof GgufFault) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new GgufFault('unreadable', `cannot be read (${code})`);
}
