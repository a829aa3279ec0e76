import { mkdir, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../driver.ts';

/** How much of the output is read for an error message. */
const TAIL_BYTES = 16 * 1024;
const TAIL_LINES = 100;
/** The output of a server that runs for weeks is cut off at this size. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The output of a server that outlives Laneway, which therefore cannot write to a pipe. */
export class ServerLog {
  readonly path: string;
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, 'server.log');
  }

  /** Makes the folder and an empty file. Rejects with an `EngineError`. */
  async create(): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await (await open(this.path, 'w', 0o600)).close();
    } catch (error) {
      throw cannotWrite(error);
    }
  }

  /** Bytes; 0 where there is no file. */
  async size(): Promise<number> {
    const { size } = await stat(this.path).catch(() => ({ size: 0 }));
    return size;
  }

  /** The last lines. */
  async tail(): Promise<readonly string[]> {
    const file = await open(this.path, 'r').catch(() => null);
    if (file === null) return [];
    try {
      const { size } = await file.stat();
      const from = Math.max(size - TAIL_BYTES, 0);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
      return buffer.toString('utf8', 0, bytesRead).split('\n').slice(-TAIL_LINES);
    } finally {
      await file.close();
    }
  }

  /** Empties a file that has become too large. The server appends, so that it continues at the new end. */
  async trim(): Promise<void> {
    if ((await this.size()) > MAX_BYTES) await truncate(this.path, 0).catch(() => undefined);
  }
}

/** The error for a data folder that cannot be written. */
export function cannotWrite(error: unknown): EngineError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new EngineError('failed', `The data folder of an engine cannot be written: ${code}`);
}
