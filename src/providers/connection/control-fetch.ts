import type { Connection } from '../provider-type.ts';
import { ProbeError, type FailedReply } from '../provider.ts';

/** A server answered a probe with a failing status; what that means is the caller's to tell (`classifyReply`). */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly reply: FailedReply;

  constructor(reply: FailedReply) {
    super(`the server answered ${reply.status}`);
    this.reply = reply;
  }
}

/** Stands where an SDK insists on a key: the connection's `fetch` sends the real one, whatever an SDK sets. */
export const PLACEHOLDER_KEY = 'set-by-laneway';

/** A list or a model's description; the largest seen (Ollama's tensor lists) are a few MiB. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
/** As much of a failed reply as is read for its meaning. */
const MAX_FAILED_REPLY_BYTES = 64 * 1024;
const KEPT_HEADERS = ['accept', 'content-type', 'user-agent'];

/**
 * The connection's `fetch` for the SDKs. Of their headers only those that describe the body pass: the rest tells of
 * this machine, or comes from `OPENAI_CUSTOM_HEADERS` and its like. Replies come whole. Rejects with `ReplyError` for
 * every status that is not 2xx, so that no SDK logs or repeats it, and with a `ProbeError` for a reply over 16 MiB.
 */
export function controlFetch(connection: Connection, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const asked = init?.signal ?? null;
    const reply = await connection.fetch(input, {
      ...init,
      headers: keptHeaders(new Headers(init?.headers)),
      signal: asked === null ? signal : AbortSignal.any([signal, asked]),
    });
    const { status, statusText, headers } = reply;
    if (!reply.ok) {
      // The status has been told; a body cut short only says less.
      const body = await readUpTo(reply, MAX_FAILED_REPLY_BYTES).catch(() => Buffer.alloc(0));
      throw new ReplyError({ status, header: (name) => headers.get(name), body });
    }
    const body = await readUpTo(reply, MAX_REPLY_BYTES + 1);
    if (body.length > MAX_REPLY_BYTES) throw notAList(status, 'answered with more than 16 MiB');
    if (body.length === 0) throw notAList(status, 'answered with an empty body');
    return new Response(new Uint8Array(body), { status, statusText, headers });
  };
}

/**
 * Runs one call of an SDK on `controlFetch`. What its fetch met comes out as it was: SDKs wrap it, and some drop the
 * cause.
 */
export async function askThrough<T>(
  connection: Connection,
  signal: AbortSignal,
  ask: (fetch: typeof globalThis.fetch) => Promise<T>,
): Promise<T> {
  let met: { readonly error: unknown } | null = null;
  const send = controlFetch(connection, signal);
  const noting: typeof fetch = async (input, init) => {
    try {
      return await send(input, init);
    } catch (error) {
      met = { error };
      throw error;
    }
  };
  try {
    return await ask(noting);
  } catch (error) {
    if (error instanceof ProbeError || error instanceof ReplyError) throw error;
    const cause = met as { readonly error: unknown } | null;
    throw cause === null ? error : cause.error;
  }
}

/** The server answered 2xx, but with something else than what was asked; the summary follows the provider's name. */
export function notAList(status: number, summary: string): ProbeError {
  return new ProbeError({
    class: 'malformed',
    code: 'upstream_malformed',
    status,
    summary,
    retryAfterMs: null,
    upstream: null,
  });
}

function keptHeaders(asked: Headers): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = asked.get(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

async function readUpTo(reply: Response, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
