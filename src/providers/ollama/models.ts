import type { Ollama } from 'ollama';
import type { Connection, ListModels } from '../provider-type.ts';
import { withControlFetch, notAList, ReplyError } from '../connection/control-fetch.ts';
import { elements, fields, text } from '../../util/json-fields.ts';
import { readModel, readShown, type Fields, type Shown } from './entry.ts';

/** Limits on descriptions per probe and at a time: a reply may be some MiB, and the server has other work. */
const MAX_SHOWN = 64;
const SHOWN_AT_ONCE = 4;

/** A server's descriptions by digest. Valid for one version: a newer server may read more from the same file. */
interface Cached {
  readonly version: string;
  readonly shown: ReadonlyMap<string, Shown>;
}

const cache = new WeakMap<Connection, Cached>();

/**
 * Lists Ollama's models through its SDK: `/api/tags`, `/api/ps` for loaded models, and `/api/show` for each model that
 * the list does not describe and that is not cached.
 */
export const listOllama: ListModels = async (connection, signal) => {
  // The client without the package's file helpers, which load a second client and the file system module.
  const { Ollama: Client } = await import('ollama/browser');
  return withControlFetch(connection, signal, async (fetch) => {
    const client = new Client({ host: connection.baseUrl, fetch });
    const listed = elements(fields(await client.list()).models)?.map(fields);
    if (listed === undefined) throw notAList();
    const named = listed.filter((entry) => nameOf(entry) !== null);
    const [running, version] = await Promise.all([runningModels(client), versionOf(client)]);
    const shown = await describe(client, named, cachedDescriptions(connection, version));
    cache.set(connection, { version, shown });
    const models = named.map((entry) => {
      const loaded = running.find((other) => other.name === entry.name || other.digest === entry.digest);
      return readModel(entry, shown.get(digestOf(entry)) ?? null, loaded ?? null);
    });
    // The server's order changes from call to call.
    models.sort((one, other) => (one.id < other.id ? -1 : 1));
    return { models, singleModel: false };
  });
};

type Client = Pick<Ollama, 'ps' | 'version' | 'show'>;

function nameOf(entry: Fields): string | null {
  return text(entry.model) ?? text(entry.name);
}

/** Cache key of a description; the name for an entry without a digest. */
function digestOf(entry: Fields): string {
  return text(entry.digest) ?? nameOf(entry) ?? '';
}

function cachedDescriptions(connection: Connection, version: string): ReadonlyMap<string, Shown> {
  const cached = cache.get(connection);
  return cached?.version === version ? cached.shown : new Map();
}

/** The descriptions by digest: cached ones, and the missing ones within the limits above. */
async function describe(
  client: Client,
  entries: readonly Fields[],
  cached: ReadonlyMap<string, Shown>,
): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const unknown: Fields[] = [];
  for (const entry of entries) {
    const digest = digestOf(entry);
    const known = cached.get(digest);
    if (known !== undefined) shown.set(digest, known);
    else if (elements(entry.capabilities) === null) unknown.push(entry);
  }
  const queue = unknown.slice(0, MAX_SHOWN).values();
  const work = async (): Promise<void> => {
    for (const entry of queue) {
      const answer = await unlessRefused(client.show({ model: nameOf(entry) ?? '' }));
      if (answer !== null) shown.set(digestOf(entry), readShown(fields(answer)));
    }
  };
  await Promise.all(Array.from({ length: SHOWN_AT_ONCE }, work));
  return shown;
}

async function runningModels(client: Client): Promise<readonly Fields[]> {
  return elements(fields(await unlessRefused(client.ps())).models)?.map(fields) ?? [];
}

async function versionOf(client: Client): Promise<string> {
  return text(fields(await unlessRefused(client.version())).version) ?? '';
}

/** null for a failing status: an old server lacks the call, or the model was just deleted. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ReplyError) return null;
    throw error;
  }
}
