import { EngineError } from '../driver.ts';
import { EngineCallError, type CallOptions, type EngineReply } from './engine-http.ts';
import { abortedError } from './wording.ts';

/** Milliseconds for a call that an engine answers at once. */
export const CALL_MS = 10_000;

/**
 * Makes a call that an engine answers at once. `subject` begins the message of an error. Throws an `EngineError`; without
 * a reply `onLost` is called before.
 */
export async function reach(
  subject: string,
  signal: AbortSignal,
  send: (options: CallOptions) => Promise<EngineReply>,
  onLost: () => void,
): Promise<EngineReply> {
  try {
    return await send({ signal, timeoutMs: CALL_MS });
  } catch (error) {
    throw signal.aborted ? abortedError(subject) : lostError(subject, error, onLost);
  }
}

/** The error of a call without a reply, for which `onLost` is called; any other error as it is. */
export function lostError(subject: string, error: unknown, onLost: () => void): Error {
  if (!(error instanceof EngineCallError)) return error instanceof Error ? error : new Error(String(error));
  onLost();
  return new EngineError('unreachable', `${subject}: ${error.message}`, null, error.refused);
}

/**
 * Resolves with `value` in place of a refused connection to a server of this machine: no process listens, so it holds no
 * model. A remote server that refuses may be behind a firewall. Other errors are thrown as they are.
 */
export async function ifNotRunning<Value>(
  call: Promise<Value>,
  isOnThisMachine: boolean,
  value: Value,
): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    if (isOnThisMachine && error instanceof EngineError && error.refused) return value;
    throw error;
  }
}
