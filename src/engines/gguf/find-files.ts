import { readdirSync, statSync, type BigIntStats } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Depth of folders, and numbers of what is looked at; a folder of models has far less. */
const DEPTH_MAX = 8;
const FOLDERS_MAX = 1_000;
const ENTRIES_MAX = 50_000;
const FILES_MAX = 2_000;

/** A GGUF file in a folder. */
export interface FoundFile {
  readonly path: string;
  /** Relative to the folder, with slashes. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isRegular: boolean;
}

/** What a walk through a folder has found, in the order of the paths. */
export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** With the time of their last change in ms since 1970. */
  readonly folders: ReadonlyMap<string, number>;
  /** null: everything was looked at. */
  readonly problem: string | null;
}

/**
 * Finds the GGUF files of a folder and of those below it. Links are followed, and no folder or file is counted twice, so
 * that loops end. Hidden folders are left out: download programs keep unfinished files there. Blocks; never throws.
 */
export function findFiles(root: string): FoundFiles {
  const walk = new Walk(root);
  walk.folder(root, 0);
  return walk.result();
}

class Walk {
  readonly #root: string;
  readonly #files: FoundFile[] = [];
  readonly #folders = new Map<string, number>();
  /** Device and inode of what was looked at. */
  readonly #seen = new Set<string>();
  #entries = 0;
  #problem: string | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  result(): FoundFiles {
    return {
      files: this.#files.sort((a, b) => (a.file < b.file ? -1 : 1)),
      folders: this.#folders,
      problem: this.#problem,
    };
  }

  folder(path: string, depth: number): void {
    let names: string[];
    try {
      const stats = statSync(path, { bigint: true });
      if (!this.#isNew(stats)) return;
      names = readdirSync(path).sort();
      this.#folders.set(path, Number(stats.mtimeMs));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      const why =
        code === 'ENOENT'
          ? 'does not exist'
          : code === 'ENOTDIR'
            ? 'is not a folder'
            : `cannot be read (${code})`;
      this.#problem ??= depth === 0 ? why : `${this.#shown(path)} ${why}`;
      return;
    }
    for (const name of names) {
      this.#entries += 1;
      if (this.#entries > ENTRIES_MAX) return this.#limit(`more than ${ENTRIES_MAX} files`);
      if (!name.startsWith('.')) this.#entry(join(path, name), name, depth);
    }
  }

  #entry(path: string, name: string, depth: number): void {
    const isModel = /\.gguf$/i.test(name);
    let stats: BigIntStats;
    try {
      stats = statSync(path, { bigint: true });
    } catch {
      // A link to nothing, or a file that has gone since.
      if (isModel) this.#file(path, null);
      return;
    }
    if (stats.isDirectory()) {
      if (depth >= DEPTH_MAX) this.#limit(`folders nested deeper than ${DEPTH_MAX}`);
      else if (this.#folders.size >= FOLDERS_MAX) this.#limit(`more than ${FOLDERS_MAX} folders`);
      else this.folder(path, depth + 1);
    } else if (isModel && this.#isNew(stats)) this.#file(path, stats);
  }

  #file(path: string, stats: BigIntStats | null): void {
    if (this.#files.length >= FILES_MAX) return this.#limit(`more than ${FILES_MAX} GGUF files`);
    this.#files.push({
      path,
      file: this.#shown(path),
      sizeBytes: Number(stats?.size ?? 0),
      modifiedMs: Number(stats?.mtimeMs ?? 0),
      isRegular: stats?.isFile() === true,
    });
  }

  #isNew({ dev, ino }: BigIntStats): boolean {
    const id = `${dev}:${ino}`;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  }

  #limit(what: string): void {
    this.#problem ??= `has ${what}; the rest is left out`;
  }

  #shown(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }
}
