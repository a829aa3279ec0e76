import type { ListModels } from '../provider-type.ts';
import { controlFetch, ReplyError } from '../connection/control-fetch.ts';
import { elements, fields } from '../../util/json-fields.ts';
import type { ProviderSettings } from '../provider.ts';

/** What a server may turn out to be. */
export interface Kinds {
  readonly llamaCpp: Kind;
  readonly other: Kind;
}

/** How such a server is listed, and the settings that it has from then on. */
export interface Kind {
  readonly list: ListModels;
  readonly settings: ProviderSettings;
}

/** There is no such path: llama-server always has it. */
const NO_LIST = [404, 405, 501];

/**
 * Asks at every probe what kind of server it is, since another may have taken its port, and lists as that kind. A
 * server that does not answer, or whose answer fails, keeps the settings it had.
 */
export function detectAndList({ llamaCpp, other }: Kinds): ListModels {
  return async (connection, signal) => {
    const { baseUrl } = connection;
    const fetch = controlFetch(connection, signal);
    let reply: Response;
    try {
      reply = await fetch(`${baseUrl}/models`, { headers: { accept: 'application/json' } });
    } catch (error) {
      if (!(error instanceof ReplyError) || !NO_LIST.includes(error.reply.status)) throw error;
      // It still may answer chats: what it serves stays unknown, as for every list that names not everything.
      return { models: [], singleModel: false, settings: other.settings };
    }
    const kind = (await isLlamaServer(reply)) ? llamaCpp : other;
    const root = kind === llamaCpp ? baseUrl.replace(/\/v1$/, '') : baseUrl;
    const listing = await kind.list({ ...connection, baseUrl: root }, signal);
    return { ...listing, settings: kind.settings };
  };
}

/**
 * llama-server signs every reply with `Server: llama.cpp` (b10434, b11434: engines' captures). A proxy in front may
 * write its own there; the list's `owned_by` passes.
 */
async function isLlamaServer(reply: Response): Promise<boolean> {
  if (reply.headers.get('server')?.toLowerCase().startsWith('llama.cpp') === true) return true;
  const body: unknown = await reply.json().catch(() => null);
  return elements(fields(body).data)?.some((entry) => fields(entry).owned_by === 'llamacpp') ?? false;
}
