import { findProgram } from '../../../util/find-program.ts';
import { type LoopbackAddress, loopbackAddress } from '../../../util/loopback-address.ts';
import { EngineCallError, type EngineHttp } from '../engine-http.ts';

const CALL_MS = 3_000;

/** A program that can be a router, and the address where it is expected. */
export interface FoundRouter extends LoopbackAddress {
  readonly program: readonly string[];
}

/**
 * Where Laneway should run a router itself: the base URL is loopback, nothing listens there, and `llama-server` is on
 * the PATH. null: it should not.
 */
export async function findOwnRouter(
  baseUrl: string,
  http: EngineHttp,
  path: string | undefined,
  signal: AbortSignal,
): Promise<FoundRouter | null> {
  const address = loopbackAddress(baseUrl);
  if (address === null) return null;
  const isFree = await http.get('/health', { signal, timeoutMs: CALL_MS }).then(
    () => false,
    (error: unknown) => error instanceof EngineCallError && error.refused,
  );
  if (!isFree) return null;
  const program = await findProgram('llama-server', path);
  return program === null ? null : { program: [program], ...address };
}
