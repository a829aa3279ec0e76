import type { UnreadableFile } from '../../protocol/model-file.ts';
import { describeModel, isProjector } from './describe-model.ts';
import { GgufFault, toFault } from './fault.ts';
import { findFiles, type FoundFile } from './find-files.ts';
import { modelIds } from './model-ids.ts';
import type { GgufModel, ModelFile, ProjectorFile, ScannedFolder } from './model-file.ts';
import { pairProjectors } from './pair-projectors.ts';
import { readHeader, type GgufHeader } from './read-header.ts';

/** The name of a part of a split file (llama.cpp, `llama_split_path`). */
const PART = /^(.+)-(\d{5})-of-(\d{5})\.gguf$/i;

/** What was read of a file, and what it depends on. */
export interface CachedFile {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** A text: why the file cannot be used. */
  readonly header: GgufHeader | string;
}

/** What was read of each file, by path. */
export type FileCache = ReadonlyMap<string, CachedFile>;

/** A folder, and what was read for it. */
export interface FolderScan {
  readonly scanned: ScannedFolder;
  readonly cache: FileCache;
}

/**
 * Finds the models of a folder and reads their headers, except those of files that are as they were (`cache`). Blocks for
 * as long as the disk takes, so it runs in a thread. Never throws.
 */
export function scanFolder(folder: string, cache: FileCache): FolderScan {
  const found = findFiles(folder);
  const read = new Map(found.files.map((file) => [file.path, readCached(file, cache)]));
  const broken: UnreadableFile[] = [];
  const models: Omit<ModelFile, 'id' | 'projector'>[] = [];
  const projectors: ProjectorFile[] = [];
  for (const parts of groupParts(found.files)) {
    const [first] = parts;
    if (first === undefined) continue;
    try {
      if (/\p{C}/u.test(first.file)) throw new GgufFault('invalid', 'has a name with control characters');
      const model = describeParts(parts, read);
      const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
      const file = { path: first.path, sizeBytes, model };
      if (isProjector(model)) projectors.push(file);
      else if (isWhole(model)) models.push(file);
    } catch (error) {
      broken.push({ file: first.file.replaceAll(/\p{C}/gu, '?'), error: toFault(error).message });
    }
  }
  const ids = modelIds(
    models.map(({ path }) => path),
    folder,
  );
  const paired = pairProjectors(models, projectors);
  const named = models.map((file, index) => ({
    ...file,
    id: ids[index] ?? '',
    projector: paired[index] ?? null,
  }));
  named.sort((a, b) => (a.id < b.id ? -1 : 1));
  const { folders, problem } = found;
  return { scanned: { models: named, broken, folders, problem }, cache: read };
}

/** Adapters and the like are no models by themselves. Throws a `GgufFault` for what is no language model. */
function isWhole({ type, layers, architecture }: GgufModel): boolean {
  if (type !== null && type !== 'model') return false;
  if (layers !== null) return true;
  const why = `has the architecture "${architecture}" and does not give its layers: it is no language model`;
  throw new GgufFault('unsupported', why);
}

function readCached(file: FoundFile, cache: FileCache): CachedFile {
  const { path, sizeBytes, modifiedMs } = file;
  const known = cache.get(path);
  if (known?.sizeBytes === sizeBytes && known.modifiedMs === modifiedMs) return known;
  return { sizeBytes, modifiedMs, header: readNow(file) };
}

function readNow({ path, isRegular }: FoundFile): GgufHeader | string {
  try {
    if (!isRegular) throw new GgufFault('unreadable', 'is not a regular file, or a link to nothing');
    return readHeader(path);
  } catch (error) {
    return toFault(error).message;
  }
}

/** Parts of one file together, in order; every other file alone. */
function groupParts(files: readonly FoundFile[]): readonly (readonly FoundFile[])[] {
  const groups = Map.groupBy(files, ({ path }) => {
    const [, stem, , count] = PART.exec(path) ?? [];
    return stem === undefined || count === undefined ? path : `${stem} of ${count}`;
  });
  return [...groups.values()];
}

function describeParts(parts: readonly FoundFile[], read: ReadonlyMap<string, CachedFile>): GgufModel {
  const headers: GgufHeader[] = [];
  const count = partCount(parts[0]?.path ?? '');
  if (count !== null) requireAll(parts, count);
  for (const { path, file } of parts) {
    const header = read.get(path)?.header ?? 'was not read';
    if (typeof header === 'string')
      throw new GgufFault('invalid', parts.length === 1 ? header : `its part ${baseName(file)} ${header}`);
    headers.push(header);
  }
  const claimed = headers[0]?.keys.get('split.count');
  if (count === null && typeof claimed === 'number' && claimed > 1)
    throw new GgufFault('missing_shard', `is one of ${claimed} parts, but its name is not that of a part`);
  return describeModel(headers);
}

function partCount(path: string): number | null {
  const count = PART.exec(path)?.[3];
  return count === undefined ? null : Number(count);
}

function requireAll(parts: readonly FoundFile[], count: number): void {
  const have = new Set(parts.map(({ path }) => Number(PART.exec(path)?.[2])));
  const numbers = Array.from({ length: Math.min(count, 10_000) }, (_, index) => index + 1);
  const missing = numbers.filter((number) => !have.has(number));
  if (missing.length === 0) return;
  const [first = 0] = missing;
  const [, stem = '', , total = ''] = PART.exec(parts[0]?.file ?? '') ?? [];
  const name = `${baseName(stem)}-${String(first).padStart(5, '0')}-of-${total}.gguf`;
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  throw new GgufFault(
    'missing_shard',
    `lacks ${missing.length === 1 ? 'its part' : 'its parts'} ${name}${more}`,
  );
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
