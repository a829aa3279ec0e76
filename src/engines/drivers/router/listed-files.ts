import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { RouterEntry } from './replies.ts';

/** Names of the parts of a split file: `…-00001-of-00003.gguf`. */
const PART = /-(\d{5})-of-(\d{5})\.gguf$/;
const MOST_PARTS = 100;

/** The sizes of the files that a router on this machine has listed, each read once. */
export class ListedFiles {
  private readonly sizes = new Map<string, { readonly path: string; readonly bytes: number | null }>();

  /** Reads the files of new entries. Never rejects. */
  async read(entries: readonly RouterEntry[]): Promise<void> {
    const unread = entries.filter(({ id, path }) => path !== null && this.sizes.get(id)?.path !== path);
    await Promise.all(
      unread.map(async ({ id, path }) => {
        if (path !== null) this.sizes.set(id, { path, bytes: await sizeOf(path) });
      }),
    );
  }

  /** Bytes; null: unknown. */
  bytesOf(modelId: string): number | null {
    return this.sizes.get(modelId)?.bytes ?? null;
  }
}

/** With all of its parts; null: it cannot be read. */
async function sizeOf(path: string): Promise<number | null> {
  if (!isAbsolute(path)) return null;
  const parts = Number(PART.exec(path)?.[2] ?? 1);
  if (parts > MOST_PARTS) return null;
  const paths = Array.from({ length: parts }, (_, index) =>
    path.replace(PART, `-${String(index + 1).padStart(5, '0')}-of-$2.gguf`),
  );
  try {
    const files = await Promise.all(paths.map((each) => stat(each)));
    const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    return bytes > 0 ? bytes : null;
  } catch {
    return null;
  }
}
