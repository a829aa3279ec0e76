import type { ErrorCode } from '../../src/protocol/errors.ts';
import type { FailureClass } from '../../src/protocol/failure.ts';

/** A recorded reply and its classification. */
export type FailureRow = readonly [
  name: string,
  status: number,
  body: unknown,
  failureClass: FailureClass,
  code: ErrorCode,
  summary: string,
];

/** OpenAI's envelope. */
export const openAi = (message: string, type: string, code: string | number | null = null): unknown => ({
  error: { message, type, param: null, code },
});

/** llama-server's envelope. */
export const llama = (code: number, message: string, type: string): unknown => ({
  error: { code, message, type },
});

/** Anthropic's envelope. */
export const anthropic = (type: string, message: string, details?: unknown): unknown => ({
  type: 'error',
  error: { type, message, ...(details === undefined ? {} : { details }) },
  request_id: 'req_fake',
});
