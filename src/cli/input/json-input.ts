import { readFile } from 'node:fs/promises';
import { usageFault } from '../exit-codes.ts';
import type { CommandPorts } from '../ports.ts';

/** Reads a JSON file; `-` is standard input. Throws a `CommandFault` (2) that names the file, without its content. */
export async function readJsonFile(
  file: string,
  { readInput }: Pick<CommandPorts, 'readInput'>,
): Promise<unknown> {
  const text = file === '-' ? await readInput() : await readText(file);
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch {
    // The parser's message may quote a part of the file, which may hold keys.
    throw usageFault(`${file === '-' ? 'standard input' : file} is not valid JSON`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw usageFault(code === 'ENOENT' ? `${file} does not exist` : `${file} cannot be read (${code})`);
  }
}
