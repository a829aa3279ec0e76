import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ConfigFault } from './faults.ts';
import { findSyntaxFault } from './json-syntax.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** One file of the configuration, weaker or stronger than its neighbours. */
export interface Layer {
  /** As people know it: the directory as it was given, and the name. */
  readonly file: string;
  /** The defaults that come with Laneway: nobody is warned of what stands in them. */
  readonly shipped: boolean;
  /** Nulls included: they remove what a weaker layer says. */
  readonly values: JsonObject;
}

/** Where the files are. */
export interface LayerDirectories {
  readonly directory: string;
  readonly shippedDirectory: string;
}

/**
 * Reads the layers, weakest first: `models.json` of the directory, or the shipped one in its absence, and
 * `user_models.json` over it. A file that cannot be used is left out and named in `faults`.
 */
export function readLayers(directories: LayerDirectories, faults: ConfigFault[]): Layer[] {
  const { directory, shippedDirectory } = directories;
  const isShipped = resolve(directory) === resolve(shippedDirectory);
  const base =
    readLayer(join(directory, 'models.json'), isShipped, faults) ??
    readLayer(join(shippedDirectory, 'models.json'), true, faults);
  const user = readLayer(join(directory, 'user_models.json'), false, faults);
  if (base === null) {
    const file = join(shippedDirectory, 'models.json');
    faults.push({ file, path: '', message: 'this file comes with Laneway and is missing' });
  }
  return [base, user].filter((layer) => layer !== null && layer !== 'unusable');
}

/** null when there is no such file; `unusable` when a fault was added. */
function readLayer(file: string, shipped: boolean, faults: ConfigFault[]): Layer | 'unusable' | null {
  const unusable = (message: string, path = ''): 'unusable' => {
    faults.push({ file, path, message });
    return 'unusable';
  };
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'ENOENT' ? null : unusable(`cannot be read (${READ_ERRORS[code] ?? code})`);
  }
  let text: string;
  try {
    // Drops a byte order mark, which some editors write.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return unusable('is not UTF-8 text');
  }
  let values: Json;
  try {
    values = JSON.parse(text) as Json;
  } catch {
    const fault = findSyntaxFault(text);
    if (fault === null) return unusable('is not JSON');
    return unusable(`not JSON: ${fault.message}`, `line ${fault.line}, column ${fault.column}`);
  }
  return isObject(values) ? { file, shipped, values } : unusable('must hold one JSON object: { … }');
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ELOOP: 'its links go in a circle',
};
