/** A refused or failed call. */
export class ApiError extends Error {
  /** The HTTP status; 0: the gateway did not answer. */
  readonly status: number;
  /** The code of the error, such as `unfit_target`. */
  readonly code: string;

  /** Exit code of an engine's process that ended; null: the error is of another kind, or it is unknown. */
  readonly exitCode: number | null;

  /** `message` is the gateway's own. */
  constructor(status: number, code: string, message: string, exitCode: number | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.exitCode = exitCode;
  }
}

interface ErrorReply {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly detail?: { readonly exit_code?: number | null } | null;
  };
}

/** The error that a reply of the gateway with this status describes; `reply` is null if its body is no JSON. */
export function apiError(status: number, reply: unknown): ApiError {
  const error = (reply as ErrorReply | null)?.error;
  return new ApiError(
    status,
    error?.code ?? 'unknown',
    error?.message ?? `The gateway answered ${status}.`,
    error?.detail?.exit_code ?? null,
  );
}
