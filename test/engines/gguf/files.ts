import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import { describeModel } from '../../../src/engines/gguf/describe-model.ts';
import { GgufFault } from '../../../src/engines/gguf/fault.ts';
import type { GgufModel } from '../../../src/engines/gguf/model-file.ts';
import { readHeader } from '../../../src/engines/gguf/read-header.ts';
import { ggufFile, type GgufShape } from '../../support/gguf.ts';

/** A folder for one test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'laneway-gguf-'));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** Writes a file below a folder; returns its path. */
export function put(root: string, name: string, content: GgufShape | Buffer): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.isBuffer(content) ? content : ggufFile(content));
  return path;
}

/** What the header of a file says. */
export function modelOf(shape: GgufShape): GgufModel {
  return describeModel([readHeader(put(folder(), 'x.gguf', shape))]);
}

/** The fault of a file; fails when it can be read. */
export function faultOf(content: GgufShape | Buffer): GgufFault {
  try {
    describeModel([readHeader(put(folder(), 'x.gguf', content))]);
  } catch (error) {
    if (error instanceof GgufFault) return error;
    throw error;
  }
  throw new Error('the file was read');
}
