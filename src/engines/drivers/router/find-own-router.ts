import { EngineCallError, type EngineHttp } from '../engine-http.ts';
import { findProgram } from '../../../util/find-program.ts';

const CALL_MS = 3_000;
/** Loopback hosts of a URL, and the address to listen on. */
const LOOPBACK: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  '127.0.0.1': '127.0.0.1',
  '[::1]': '::1',
};

/** A program that can be a router, and the address where it is expected. */
export interface FoundRouter {
  readonly program: readonly string[];
  readonly host: string;
  readonly port: number;
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
  const url = URL.parse(baseUrl);
  const host = url === null ? undefined : LOOPBACK[url.hostname];
  if (host === undefined || url?.protocol !== 'http:' || url.pathname !== '/') return null;
  const isFree = await http.get('/health', { signal, timeoutMs: CALL_MS }).then(
    () => false,
    (error: unknown) => error instanceof EngineCallError && error.refused,
  );
  if (!isFree) return null;
  const program = await findProgram('llama-server', path);
  if (program === null) return null;
  return { program: [program], host, port: Number(url.port === '' ? '80' : url.port) };
}
