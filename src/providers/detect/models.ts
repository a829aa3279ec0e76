import type { ListModels } from '../provider-type.ts';
import { controlFetch, NO_LIST_STATUSES, ReplyError } from '../connection/control-fetch.ts';
import { elements, fields } from '../../util/json-fields.ts';
import type { ProviderSettings } from '../provider.ts';

/** The types that a server may be detected as. */
export interface Candidates {
  readonly llamaCpp: Candidate;
  readonly other: Candidate;
}

/** How a server of a detected type is listed, and its settings. */
export interface Candidate {
  readonly list: ListModels;
  readonly settings: ProviderSettings;
}

/**
 * Detects the server's type at every probe, since another server may have taken its port, and lists it as that type.
 * The listing carries the settings of the type. A failed probe detects nothing.
 */
export function detectAndList({ llamaCpp, other }: Candidates): ListModels {
  return async (connection, signal) => {
    const { baseUrl } = connection;
    const fetch = controlFetch(connection, signal);
    let reply: Response;
    try {
      reply = await fetch(`${baseUrl}/models`, { headers: { accept: 'application/json' } });
    } catch (error) {
      if (!(error instanceof ReplyError) || !NO_LIST_STATUSES.includes(error.reply.status)) throw error;
      // llama-server always has `/models`. The server may still serve chats: its models remain unknown, as with every incomplete list.
      return { models: [], singleModel: false, settings: other.settings };
    }
    const type = (await isLlamaServer(reply)) ? llamaCpp : other;
    const root = type === llamaCpp ? baseUrl.replace(/\/v1$/, '') : baseUrl;
    const listing = await type.list({ ...connection, baseUrl: root }, signal);
    return { ...listing, settings: type.settings };
  };
}

/**
 * llama-server (b10434, b11434) sends `Server: llama.cpp` with every reply. A proxy may replace that header, but not
 * `owned_by` in the list.
 */
async function isLlamaServer(reply: Response): Promise<boolean> {
  if (reply.headers.get('server')?.toLowerCase().startsWith('llama.cpp') === true) return true;
  const body: unknown = await reply.json().catch(() => null);
  return elements(fields(body).data)?.some((entry) => fields(entry).owned_by === 'llamacpp') ?? false;
}
