import type { Config } from '../../config/config.ts';
import { isSameModel, parseModelId } from '../../protocol/model-id.ts';
import type { ListedModel } from '../../providers/provider.ts';
import type { SnapshotParts } from './snapshot-parts.ts';

const EXTENSION = /\.gguf$/i;

/** A model whose file is known. */
export interface KnownFile {
  readonly file: ListedModel;
  /** Its entry in the server's list; null: the server does not list it. */
  readonly listed: ListedModel | null;
}

/**
 * The files of models that providers have (`models_dir`), each with the entry of its server's list for the same file, so
 * that a file is one model whatever name configuration and server give it.
 */
export class ModelFiles {
  readonly #byProvider = new Map<string, ProviderFiles>();

  constructor({ files, listings, config }: Pick<SnapshotParts, 'files' | 'listings' | 'config'>) {
    for (const [providerId, models] of files ?? []) {
      const listed = listings.get(providerId)?.models ?? [];
      this.#byProvider.set(
        providerId,
        new ProviderFiles(models, listed, configuredPaths(providerId, config)),
      );
    }
  }

  /** The id of the model that an id of a provider means: its own where a file is known under another name. */
  canonical(providerId: string, modelId: string): string {
    return this.#byProvider.get(providerId)?.canonical(modelId) ?? modelId;
  }

  /** The file of the model with exactly this id; null: none is known. */
  find(providerId: string, modelId: string): KnownFile | null {
    return this.#byProvider.get(providerId)?.byId.get(modelId) ?? null;
  }

  /** The ids of all models whose files are known, with their providers. */
  *[Symbol.iterator](): Generator<readonly [string, string]> {
    for (const [providerId, { byId }] of this.#byProvider)
      for (const modelId of byId.keys()) yield [providerId, modelId];
  }
}

/** The files that the configuration gives to models of a provider: path to model id. */
function configuredPaths(providerId: string, { models }: Config): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const [id, { path }] of Object.entries(models)) {
    const parts = parseModelId(id);
    if (path !== undefined && parts?.provider === providerId) paths.set(path, parts.modelId);
  }
  return paths;
}

class ProviderFiles {
  readonly byId = new Map<string, KnownFile>();
  /** Other names to ids. */
  readonly #names = new Map<string, string>();

  constructor(
    files: readonly ListedModel[],
    listed: readonly ListedModel[],
    configured: ReadonlyMap<string, string>,
  ) {
    const entries = pairEntries(files, listed);
    const named = new Map<string, string>();
    for (const [path, modelId] of configured) {
      const file = fileAt(path, files);
      if (file !== null) named.set(file.id, modelId);
    }
    for (const file of files) {
      const entry = entries.get(file.id) ?? null;
      // A name that only the server gives it, in its presets or as an alias, is the one that people know.
      const other = entry === null || isSameModel(entry.id, file.id) ? null : entry.id;
      const id = named.get(file.id) ?? other ?? file.id;
      if (this.byId.has(id)) continue;
      this.byId.set(id, { file, listed: entry });
      for (const name of [file.id, `${file.id}.gguf`, entry?.id ?? file.id]) this.#names.set(name, id);
    }
  }

  canonical(modelId: string): string {
    if (this.byId.has(modelId)) return modelId;
    return this.#names.get(modelId) ?? this.#names.get(modelId.replace(EXTENSION, '')) ?? modelId;
  }
}

/** The entries of a list by the id of their file: by path where the server reports it, else by name. */
function pairEntries(
  files: readonly ListedModel[],
  listed: readonly ListedModel[],
): ReadonlyMap<string, ListedModel> {
  const ids = new Map(files.map((file) => [file.id, file]));
  const pairs = new Map<string, ListedModel>();
  for (const entry of listed) {
    const byName = ids.get(entry.id) ?? ids.get(entry.id.replace(EXTENSION, ''));
    const file = byName ?? fileAt(entry.path, files) ?? onlySame(entry.id, files);
    // A server may list a file several times, with other options: the others are models of their own.
    if (file !== null && (!pairs.has(file.id) || file === byName)) pairs.set(file.id, entry);
  }
  return pairs;
}

/** The file at a path, which others may see elsewhere (a server in a container), or of a name; null: none or several. */
function fileAt(path: string | undefined, files: readonly ListedModel[]): ListedModel | null {
  if (path === undefined) return null;
  const exact = files.find((file) => file.path === path);
  if (exact !== undefined) return exact;
  const same = files.filter((file) => file.path !== undefined && nameOf(file.path) === nameOf(path));
  return same.length === 1 ? (same[0] ?? null) : null;
}

/** The only file whose name means the same model as an id; null: none or several. */
function onlySame(id: string, files: readonly ListedModel[]): ListedModel | null {
  const same = files.filter((file) => isSameModel(file.id, id));
  return same.length === 1 ? (same[0] ?? null) : null;
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
