import type { ListModels } from '../provider-type.ts';
import { controlFetch, notAList, ReplyError } from '../connection/control-fetch.ts';
import { elements, fields, text } from '../../util/json-fields.ts';
import { readEntry, type Fields } from './entry.ts';

type Ask = (path: string) => Promise<Fields>;

/** Loaded models of a router that are asked for their properties; by default it holds 4 at a time. */
const MAX_DESCRIBED = 16;

/**
 * Asks a `llama-server` for `/models` and `/props` (local-engines A2, A3; there is no SDK). Rejects with the 503 that
 * it gives to every path while its model loads. Nothing here loads a model or keeps one from unloading.
 */
export const listLlamaCpp: ListModels = async (connection, signal) => {
  const fetch = controlFetch(connection, signal);
  const ask: Ask = async (path) => {
    const reply = await fetch(`${connection.baseUrl}${path}`, { headers: { accept: 'application/json' } });
    return fields(await reply.json());
  };
  const list = await askOr(ask, '/models', () => ask('/v1/models'));
  const entries = elements(list.data)
    ?.map(fields)
    .filter((entry) => text(entry.id) !== null);
  if (entries === undefined) throw notAList(200, 'answered with something else than a model list');
  const props = await askOr(ask, '/props', () => Promise.resolve(fields(null)));

  const router = props.role === 'router' || entries.some((entry) => 'status' in entry);
  if (!router) {
    // Something else than llama-server may list several; then its names count.
    const single = entries.length === 1;
    return { models: entries.map((entry) => readEntry(entry, single ? props : null)), singleModel: single };
  }
  const models = [];
  let described = 0;
  for (const entry of entries) {
    const describe = isLoaded(entry) && described < MAX_DESCRIBED;
    if (describe) described += 1;
    models.push(readEntry(entry, describe ? await propsOfLoaded(ask, text(entry.id) ?? '') : null));
  }
  return { models, singleModel: false };
};

function isLoaded(entry: Fields): boolean {
  return fields(entry.status).value === 'loaded';
}

/** One loaded child's own properties. `autoload=false`: should it go meanwhile, the question must not load it. */
function propsOfLoaded(ask: Ask, id: string): Promise<Fields | null> {
  const path = `/props?model=${encodeURIComponent(id)}&autoload=false`;
  return ask(path).catch((error: unknown) => {
    if (error instanceof ReplyError) return null;
    throw error;
  });
}

/** A path that some builds lack; any other failing status is the probe's. */
async function askOr(ask: Ask, path: string, otherwise: () => Promise<Fields>): Promise<Fields> {
  try {
    return await ask(path);
  } catch (error) {
    if (error instanceof ReplyError && error.reply.status === 404) return otherwise();
    throw error;
  }
}
