import type { Provider } from '../../providers/provider.ts';

/**
 * Calls of one engine's control API. Paths begin at the root of the server, which is its base URL without a trailing
 * `/v1`. Its implementation sends the provider's key to the provider's origin only, and follows no redirect.
 */
export interface EngineHttp {
  /** Any status is a reply. Rejects with an `EngineCallError`. */
  get(path: string, options: CallOptions): Promise<EngineReply>;
  /** The same for a POST with a JSON body. */
  post(path: string, body: object, options: CallOptions): Promise<EngineReply>;
  /** Reads the lines of a GET that the server keeps open. Resolves when the server ends it, or refuses it. */
  lines(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
}

/** An `EngineHttp` with connections of its own. */
export interface OwnedHttp extends EngineHttp {
  /** Closes its connections. */
  close(): Promise<void>;
}

/** The bounds of one call. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the whole reply must be there. */
  readonly timeoutMs: number;
}

/** A reply of an engine, whatever its status. */
export interface EngineReply {
  readonly status: number;
  /** Parsed; null where the body is not JSON, whatever its content type. */
  readonly body: unknown;
  /** The body as text, cut to 500 characters. */
  readonly text: string;
}

/** A call without a reply. */
export class EngineCallError extends Error {
  override readonly name = 'EngineCallError';
  /** No process listens at the port. */
  readonly refused: boolean;

  constructor(message: string, refused = false) {
    super(message);
    this.refused = refused;
  }
}

/** The largest reply that is read; a long list of models with their command lines is about 1 MiB. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;
/** The longest line of an event stream; longer ones are skipped. */
const MAX_LINE_BYTES = 256 * 1024;
const TEXT_LENGTH = 500;

/** Calls through a provider's own `send`, which adds the key, pins the origin and follows no redirect. */
export function createEngineHttp(target: Pick<Provider, 'send'>): EngineHttp {
  return {
    get: (path, options) => exchange(target, { method: 'GET', path, headers: {}, body: null }, options),
    post: (path, body, options) => {
      const bytes = Buffer.from(JSON.stringify(body));
      const headers = { 'content-type': 'application/json' };
      return exchange(target, { method: 'POST', path, headers, body: bytes }, options);
    },
    lines: async (path, onLine, signal) => {
      const cut = lineCutter(onLine, MAX_LINE_BYTES);
      const headers = { accept: 'text/event-stream' };
      await call(
        target,
        { method: 'GET', path, headers, body: null },
        { signal, timeoutMs: null },
        (chunk, status) => {
          if (status === 200) cut(chunk);
        },
      );
    },
  };
}

/** Cuts UTF-8 pieces into lines without their ends. A line over the limit is dropped up to its end. */
export function lineCutter(onLine: (line: string) => void, limit: number): (chunk: Buffer) => void {
  let kept = Buffer.alloc(0);
  let skips = false;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([kept, chunk.subarray(from, end)]);
      kept = Buffer.alloc(0);
      if (!skips && line.length <= limit) onLine(line.toString('utf8').replace(/\r$/, ''));
      skips = false;
      from = end + 1;
    }
    if (skips) return;
    kept = Buffer.concat([kept, chunk.subarray(from)]);
    if (kept.length <= limit) return;
    kept = Buffer.alloc(0);
    skips = true;
  };
}

type Target = Pick<Provider, 'send'>;
type Request = Parameters<Provider['send']>[0];
interface Bounds {
  readonly signal: AbortSignal;
  readonly timeoutMs: number | null;
}

async function exchange(target: Target, request: Request, options: CallOptions): Promise<EngineReply> {
  const pieces: Buffer[] = [];
  let size = 0;
  const status = await call(target, request, options, (chunk) => {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) throw new EngineCallError('the server answered with more than 8 MiB');
    pieces.push(chunk);
  });
  const text = Buffer.concat(pieces).toString('utf8');
  return { status, body: parsed(text), text: text.slice(0, TEXT_LENGTH) };
}

/** Resolves with the status once the reply has ended. What `onData` throws ends the call. */
function call(
  target: Target,
  request: Request,
  { signal, timeoutMs }: Bounds,
  onData: (chunk: Buffer, status: number) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new EngineCallError('the call was aborted'));
      return;
    }
    let status = 0;
    let settled = false;
    let running: ReturnType<Provider['send']> | null = null;
    let timer: NodeJS.Timeout | undefined;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      finish();
      running?.abort();
    };
    const fail = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const onAbort = (): void => {
      fail(new EngineCallError('the call was aborted'));
    };
    signal.addEventListener('abort', onAbort);
    if (timeoutMs !== null) {
      timer = setTimeout(() => {
        fail(new EngineCallError(`the server did not answer within ${timeoutMs / 1000} s`));
      }, timeoutMs);
    }
    const handler: Parameters<Provider['send']>[1] = {
      onSent: () => undefined,
      onHeaders: (given) => {
        status = given;
      },
      onData: (chunk) => {
        if (settled) return;
        try {
          onData(chunk, status);
        } catch (error) {
          fail(error instanceof Error ? error : new EngineCallError('the reply could not be read'));
        }
      },
      onEnd: () => {
        running = null;
        settle(() => {
          resolve(status);
        });
      },
      onError: (error) => {
        running = null;
        fail(new EngineCallError(`the server cannot be reached: ${codeOf(error)}`, isRefused(error)));
      },
    };
    try {
      running = target.send(request, handler);
    } catch (error) {
      fail(new EngineCallError(`the call could not be sent: ${error instanceof Error ? codeOf(error) : ''}`));
    }
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Also where several addresses of a name were tried. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === 'ECONNREFUSED') return true;
  if (error instanceof AggregateError && error.errors.some(isRefused)) return true;
  return error.cause !== undefined && isRefused(error.cause);
}
