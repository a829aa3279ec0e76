import { readdir, readFile } from 'node:fs/promises';

/** A small text file, trimmed; null where it cannot be read. */
export async function textOf(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}

/** A file that holds one whole number; null where there is none. */
export async function numberOf(path: string): Promise<number | null> {
  const text = await textOf(path);
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}

/** The names in a folder, sorted; empty where it cannot be read. */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch {
    return [];
  }
}
