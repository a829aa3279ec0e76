import type { ListModels } from '../provider-type.ts';
import { controlFetch, notAList, ReplyError } from '../connection/control-fetch.ts';
import { elements, fields, text } from '../../util/json-fields.ts';
import { readEntry, type Fields } from './entry.ts';

type Get = (path: string) => Promise<Fields>;

/** Loaded models of a router whose properties are read per probe; by default a router keeps 4 loaded. */
const MAX_DESCRIBED = 16;

/**
 * Reads `/models` and `/props` of a `llama-server`; there is no SDK. Rejects with the 503 that it answers on every path
 * while its model loads. Nothing here loads a model or keeps one from being unloaded.
 */
export const listLlamaCpp: ListModels = async (connection, signal) => {
  const fetch = controlFetch(connection, signal);
  const get: Get = async (path) => {
    const reply = await fetch(`${connection.baseUrl}${path}`, { headers: { accept: 'application/json' } });
    return fields(await reply.json());
  };
  const list = await getOr(get, '/models', () => get('/v1/models'));
  const entries = elements(list.data)
    ?.map(fields)
    .filter((entry) => text(entry.id) !== null);
  if (entries === undefined) throw notAList();
  const props = await getOr(get, '/props', () => Promise.resolve(fields(null)));

  // Other servers behind such an address, such as a proxy that lists aliases, pass on replies with other names.
  const repliesNameModel = entries.every((entry) => entry.owned_by === 'llamacpp');
  const router = props.role === 'router' || entries.some((entry) => 'status' in entry);
  if (!router) {
    // Several models without `status`: another server than llama-server, where names count.
    const single = entries.length === 1;
    const described = entries.map((entry) => readEntry(entry, single ? props : null));
    return { models: described, singleModel: single, repliesNameModel };
  }
  const models = [];
  let described = 0;
  for (const entry of entries) {
    const describe = isLoaded(entry) && described < MAX_DESCRIBED;
    if (describe) described += 1;
    models.push(readEntry(entry, describe ? await propsOfLoaded(get, text(entry.id) ?? '') : null));
  }
  return { models, singleModel: false, repliesNameModel };
};

function isLoaded(entry: Fields): boolean {
  return fields(entry.status).value === 'loaded';
}

/** Properties of one loaded child. `autoload=false`, since it may have been unloaded meanwhile. */
function propsOfLoaded(get: Get, id: string): Promise<Fields | null> {
  const path = `/props?model=${encodeURIComponent(id)}&autoload=false`;
  return get(path).catch((error: unknown) => {
    if (error instanceof ReplyError) return null;
    throw error;
  });
}

/** Gets a path that some builds lack; any other failing status fails the probe. */
async function getOr(get: Get, path: string, otherwise: () => Promise<Fields>): Promise<Fields> {
  try {
    return await get(path);
  } catch (error) {
    if (error instanceof ReplyError && error.reply.status === 404) return otherwise();
    throw error;
  }
}
