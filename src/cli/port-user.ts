/** What answers on a port that is in use. */
export type PortUser =
  | { readonly kind: 'laneway'; readonly version: string; readonly isDemo: boolean }
  /** Not a Laneway, or it did not answer in time. */
  | { readonly kind: 'unknown' };

/** A start that fails waits no longer for an answer. */
const ANSWER_MS = 1_000;

/** `GET /health` of a Laneway is shorter. */
const HEALTH_MAX_BYTES = 1_000;

/** Finds out whether a Laneway answers at `url` (origin), and whether it is the demo. Never rejects. */
export async function findPortUser(url: string): Promise<PortUser> {
  try {
    const version = await versionAt(url);
    if (version === null) return { kind: 'unknown' };
    return { kind: 'laneway', version, isDemo: await isDemo(url) };
  } catch {
    return { kind: 'unknown' };
  }
}

/** The version of the Laneway at `url`; null when something else answers. */
async function versionAt(url: string): Promise<string | null> {
  const reply = await ask(`${url}/health`);
  const length = Number(reply.headers.get('content-length') ?? Infinity);
  const isOurs = reply.headers.get('x-request-id')?.startsWith('req_') === true;
  if (!reply.ok || !isOurs || length > HEALTH_MAX_BYTES) return null;
  const { version, uptime_s } = (await reply.json()) as { version?: unknown; uptime_s?: unknown };
  if (typeof uptime_s !== 'number' || typeof version !== 'string') return null;
  return /^[\w.+-]{1,40}$/.test(version) ? version : null;
}

/** Only the demo has models of the provider `demo`. One that requires a token does not show them. */
async function isDemo(url: string): Promise<boolean> {
  try {
    const reply = await ask(`${url}/v1/models`);
    const { data } = (await reply.json()) as { data: readonly { id: string }[] };
    return data.some(({ id }) => id.startsWith('demo/'));
  } catch {
    return false;
  }
}

function ask(url: string): Promise<Response> {
  return fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
}
