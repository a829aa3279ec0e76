import type { Headers } from 'undici';
import type { Connection } from '../provider-type.ts';
import { failureOf } from '../../protocol/failure.ts';
import { isHtml } from '../failure/proxy-page.ts';
import { ProbeError, type FailedReply } from '../provider.ts';

/** A server answered a probe with a failing status, which the caller classifies (`classifyReply`). */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly reply: FailedReply;

  constructor(reply: FailedReply) {
    super(`the server answered with status ${reply.status}`);
    this.reply = reply;
  }
}

/** For SDKs that insist on a key: the connection's `fetch` sends the real one, whatever the SDK sets. */
export const PLACEHOLDER_KEY = 'set-by-laneway';

/** A list or a model's description; the largest seen (Ollama's tensor lists) are a few MiB. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
/** How much of a failed reply is read to classify it. */
const MAX_FAILED_REPLY_BYTES = 64 * 1024;
/** How much of a reply shows that it is an HTML page. */
export const PAGE_START_BYTES = 256;
const KEPT_HEADERS = ['accept', 'content-type', 'user-agent'];

/**
 * The connection's `fetch` for the SDKs. Of an SDK's headers only those in `KEPT_HEADERS` are sent: the rest describe
 * this machine, or come from `OPENAI_CUSTOM_HEADERS` and the like. Replies are read completely. Rejects with
 * `ReplyError` for every status other than 2xx, so that no SDK logs or retries it, and with a `ProbeError` for a reply
 * that is empty or over 16 MiB.
 */
export function controlFetch(connection: Connection, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    // Node's own classes of these names would load its copy of undici: 4 MB of memory, for every gateway with a provider.
    const { Headers, Response } = await import('undici');
    const own = init?.signal ?? null;
    const reply = await connection.fetch(input, {
      ...init,
      headers: keptHeaders(new Headers(init?.headers)),
      signal: own === null ? signal : AbortSignal.any([signal, own]),
    });
    const { status, statusText, headers } = reply;
    if (!reply.ok) {
      // The status is enough to classify the reply; a truncated body only gives less detail.
      const body = await readUpTo(reply, MAX_FAILED_REPLY_BYTES).catch(() => Buffer.alloc(0));
      throw new ReplyError({ status, header: (name) => headers.get(name), body });
    }
    const body = await readUpTo(reply, MAX_REPLY_BYTES + 1);
    if (body.length > MAX_REPLY_BYTES) throw notAList(status, 'answered with more than 16 MiB');
    if (body.length === 0) throw notAList(status, 'answered with an empty body');
    if (isHtml(body.toString('latin1', 0, PAGE_START_BYTES))) throw aPage(status);
    return new Response(new Uint8Array(body), { status, statusText, headers: [...headers] });
  };
}

/**
 * Runs one SDK call on `controlFetch`. Rethrows an error of its fetch unwrapped: SDKs wrap it, and some drop the cause.
 */
export async function withControlFetch<T>(
  connection: Connection,
  signal: AbortSignal,
  call: (fetch: typeof globalThis.fetch) => Promise<T>,
): Promise<T> {
  let thrown: { readonly error: unknown } | null = null;
  const send = controlFetch(connection, signal);
  const noting: typeof fetch = async (input, init) => {
    try {
      return await send(input, init);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  try {
    return await call(noting);
  } catch (error) {
    if (error instanceof ProbeError || error instanceof ReplyError) throw error;
    const cause = thrown as { readonly error: unknown } | null;
    throw cause === null ? error : cause.error;
  }
}

/** Summary of a reply that is not a model list; it follows the provider's name. */
export const NOT_A_LIST = 'answered with something other than a model list';

/**
 * Statuses for a missing path: the server has no model list, which says nothing about its other paths. MiniMax answers
 * 404 (NousResearch/hermes-agent#12399).
 */
export const NO_LIST_STATUSES: readonly number[] = [404, 405, 410, 501];

/** The error of a 2xx reply that is not the expected list; the summary follows the provider's name. */
export function notAList(status = 200, summary = NOT_A_LIST): ProbeError {
  return new ProbeError(failureOf('malformed', 'upstream_malformed', summary, status), {
    hasNoList: true,
  });
}

/** The error of a 2xx reply that is a web page. */
function aPage(status: number): ProbeError {
  const failure = failureOf(
    'malformed',
    'upstream_malformed',
    'answered with a web page instead of a model list',
    status,
  );
  return new ProbeError(failure, { hasNoList: true, isPage: true });
}

function keptHeaders(given: Headers): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = given.get(name);
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
