/** What an error of the gateway carries besides its message, as far as the console reads it. */
export interface ErrorDetail {
  /** Of an engine's process that ended. */
  readonly exit_code?: number | null;
  /** Faults of a configuration; the message contains the first. */
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
  /** Why a target is unfit. */
  readonly reasons?: readonly { readonly reason: string }[];
}

/** A refused or failed call. */
export class ApiError extends Error {
  /** The HTTP status; 0: the gateway did not answer. */
  readonly status: number;
  /** The code of the error, such as `unfit_target`. */
  readonly code: string;
  /** The field of the call at fault; null: none. */
  readonly param: string | null;
  readonly detail: ErrorDetail;

  /** `message` is the gateway's own. */
  constructor(
    status: number,
    code: string,
    message: string,
    { param = null, detail = {} }: { readonly param?: string | null; readonly detail?: ErrorDetail } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.detail = detail;
  }
}

interface ErrorReply {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly param?: string | null;
    readonly detail?: ErrorDetail | null;
  };
}

/** The error that a reply of the gateway with this status describes; `reply` is null if its body is no JSON. */
export function apiError(status: number, reply: unknown): ApiError {
  const error = (reply as ErrorReply | null)?.error;
  return new ApiError(status, error?.code ?? 'unknown', error?.message ?? `The gateway answered ${status}.`, {
    param: error?.param ?? null,
    detail: error?.detail ?? {},
  });
}
