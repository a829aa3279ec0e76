import type { Ollama } from 'ollama';
import type { Connection, ListModels } from '../provider-type.ts';
import { askThrough, notAList, ReplyError } from '../connection/control-fetch.ts';
import { elements, fields, text } from '../../util/json-fields.ts';
import { readModel, readShown, type Fields, type Shown } from './entry.ts';

/** Descriptions asked for in one probe, and at one time: a reply may be some MiB, and the server has other work. */
const MAX_SHOWN = 64;
const SHOWN_AT_ONCE = 4;

/** What a server's descriptions said, by digest. Its version counts too: a newer one may see more in the same file. */
interface Remembered {
  readonly version: string;
  readonly shown: ReadonlyMap<string, Shown>;
}

const remembered = new WeakMap<Connection, Remembered>();

/**
 * Lists what Ollama holds through its SDK: `/api/tags`, `/api/ps` for what is loaded, and `/api/show` for each model
 * that the list does not describe itself and that was not asked for before (local-engines C1). Models that Ollama
 * runs in its cloud (`remote_host`) are left out for now: they must not count as local.
 */
export const listOllama: ListModels = async (connection, signal) => {
  // The client without the package's file helpers, which bring a second client and the file system.
  const { Ollama: Client } = await import('ollama/browser');
  return askThrough(connection, signal, async (fetch) => {
    const client = new Client({ host: connection.baseUrl, fetch });
    const listed = elements(fields(await client.list()).models)?.map(fields);
    if (listed === undefined) throw notAList(200, 'answered with something else than a model list');
    const local = listed.filter((entry) => nameOf(entry) !== null && text(entry.remote_host) === null);
    const [running, version] = await Promise.all([runningModels(client), versionOf(client)]);
    const shown = await describe(client, local, recall(connection, version));
    remembered.set(connection, { version, shown });
    const models = local.map((entry) => {
      const loaded = running.find((other) => other.name === entry.name || other.digest === entry.digest);
      return readModel(entry, shown.get(digestOf(entry)) ?? null, loaded ?? null);
    });
    // The server's own order changes from call to call.
    models.sort((one, other) => (one.id < other.id ? -1 : 1));
    return { models, singleModel: false };
  });
};

type Client = Pick<Ollama, 'ps' | 'version' | 'show'>;

function nameOf(entry: Fields): string | null {
  return text(entry.model) ?? text(entry.name);
}

/** The key of a description; an entry without a digest is known by its name. */
function digestOf(entry: Fields): string {
  return text(entry.digest) ?? nameOf(entry) ?? '';
}

function recall(connection: Connection, version: string): ReadonlyMap<string, Shown> {
  const before = remembered.get(connection);
  return before?.version === version ? before.shown : new Map();
}

/** What each model's description says: known from before, or asked for now, within the limits above. */
async function describe(
  client: Client,
  entries: readonly Fields[],
  before: ReadonlyMap<string, Shown>,
): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const unknown: Fields[] = [];
  for (const entry of entries) {
    const digest = digestOf(entry);
    const known = before.get(digest);
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

/** null for a failing status: an old server lacks the call, or the model has just been deleted. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ReplyError) return null;
    throw error;
  }
}
