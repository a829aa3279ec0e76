import { findProgram } from '../../../util/find-program.ts';
import { fields } from '../../../util/json-fields.ts';
import { type LoopbackAddress, loopbackAddress } from '../../../util/loopback-address.ts';
import { EngineCallError, type EngineHttp } from '../engine-http.ts';

const CALL_MS = 3_000;

/** A program that can be a router, and the address where it is expected. */
export interface FoundRouter extends LoopbackAddress {
  readonly program: readonly string[];
}

/** Whether Laneway can run a router. `obstacle`: what is in the way, which may go by itself. */
export type OwnRouterSearch = { readonly found: FoundRouter } | { readonly obstacle: string };

/**
 * Where Laneway should run a router itself: the base URL is loopback, nothing listens there, and `llama-server` is on
 * the PATH. null: it should not, since the address is another machine's, or that of a llama-server already.
 */
export async function findOwnRouter(
  baseUrl: string,
  http: EngineHttp,
  path: string | undefined,
  signal: AbortSignal,
): Promise<OwnRouterSearch | null> {
  const address = loopbackAddress(baseUrl);
  if (address === null) return null;
  const listener = await listenerAt(http, signal);
  if (listener === 'llama-server' || signal.aborted) return null;
  if (listener === 'other') return { obstacle: `${baseUrl} does not answer as a llama-server does` };
  const program = await findProgram('llama-server', path);
  if (program === null) return { obstacle: 'there is no llama-server on the PATH' };
  return { found: { program: [program], ...address } };
}

async function listenerAt(http: EngineHttp, signal: AbortSignal): Promise<'none' | 'llama-server' | 'other'> {
  try {
    const { status, body } = await http.get('/health', { signal, timeoutMs: CALL_MS });
    // 503 while it loads its model.
    const isLlama = status === 503 || (status === 200 && fields(body)['status'] === 'ok');
    return isLlama ? 'llama-server' : 'other';
  } catch (error) {
    return error instanceof EngineCallError && error.refused ? 'none' : 'other';
  }
}
