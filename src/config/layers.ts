import { join, resolve } from 'node:path';
import type { ConfigFault } from './faults.ts';
import { MAX_LEVELS, readJson } from './files/json-file.ts';
import { isObject, type Json, type JsonObject } from './files/json.ts';
import { readRegularFile } from './files/read-file.ts';
import { isFile, unreadFileWarnings } from './files/unread-files.ts';
import { readYaml } from './files/yaml-file.ts';

/** One source of the configuration. Stronger layers override weaker ones. */
export interface Layer {
  /** Path with the directory as configured; `database` for what calls have set; `environment` for variables. */
  readonly file: string;
  /** The defaults that ship with Laneway; they never cause warnings. */
  readonly shipped: boolean;
  /** Includes nulls, which remove values of weaker layers. */
  readonly values: JsonObject;
  /** Only for the environment: the variable that set a value, by formatted path. */
  readonly variables?: ReadonlyMap<string, string>;
}

/** Where to find the files. */
export interface LayerDirectories {
  readonly directory: string;
  /** The directory with `user_profiles/`; absent: `directory`. */
  readonly profileDirectory?: string;
  readonly shippedDirectory: string;
  /** Content that is about to be written to `user_models.json`: it is checked first. Absent: the file's. */
  readonly userModels?: JsonObject;
}

/** Collects faults and warnings while reading. */
export interface Findings {
  readonly faults: ConfigFault[];
  readonly warnings: string[];
}

/** The name of a layer in `explain`: `shipped`, a file, `database` or `environment`. */
export function layerName(layer: Layer): string {
  return layer.shipped ? 'shipped' : layer.file;
}

/**
 * Reads the files, weakest first: `models.json` of the directory, or else its `models.yaml`, or else the shipped
 * `models.json`; then `user_models.json`. An unusable file is skipped and reported in `faults`.
 */
export async function readLayers(directories: LayerDirectories, findings: Findings): Promise<Layer[]> {
  const { directory, shippedDirectory } = directories;
  const { faults } = findings;
  const isShipped = resolve(directory) === resolve(shippedDirectory);
  if (isFile(directory)) {
    const message = `${directory} is a file; set it to the directory that holds models.json or models.yaml`;
    faults.push({ file: 'environment', path: 'LANEWAY_CONFIG_DIR', message });
    return [];
  }
  const base =
    (await readOwnBase(directory, isShipped, findings)) ??
    (await readLayer(join(shippedDirectory, 'models.json'), true, faults));
  const userFile = join(directory, 'user_models.json');
  const user =
    directories.userModels === undefined
      ? await readLayer(userFile, false, faults)
      : { file: userFile, shipped: false, values: directories.userModels };
  if (base === null) {
    const file = join(shippedDirectory, 'models.json');
    faults.push({ file, path: '', message: 'shipped file is missing; reinstall Laneway' });
  }
  if (!isShipped) findings.warnings.push(...unreadFileWarnings(directory));
  return [base, user].filter((layer) => layer !== null && layer !== 'unusable');
}

async function readOwnBase(
  directory: string,
  isShipped: boolean,
  { faults, warnings }: Findings,
): Promise<Layer | 'unusable' | null> {
  const json = join(directory, 'models.json');
  const yaml = join(directory, 'models.yaml');
  const layer = await readLayer(json, isShipped, faults);
  if (layer === null) return readLayer(yaml, false, faults);
  // An unreadable file exists, too.
  if (readText(yaml) !== null)
    warnings.push(`${yaml}: ignored, because models.json exists in the same directory`);
  return layer;
}

/** null when the file does not exist; `unusable` when a fault was added. */
async function readLayer(
  file: string,
  shipped: boolean,
  faults: ConfigFault[],
): Promise<Layer | 'unusable' | null> {
  const unusable = (message: string, path = ''): 'unusable' => {
    faults.push({ file, path, message });
    return 'unusable';
  };
  const read = readText(file);
  if (read === null) return null;
  if ('fault' in read) return unusable(read.fault);
  const isYaml = file.endsWith('.yaml');
  const result = isYaml ? await readYaml(read.text) : await readJson(read.text, { trusted: shipped });
  if ('fault' in result) {
    const { line, column, message } = result.fault;
    return unusable(message, `line ${line}, column ${column}`);
  }
  const { values } = result;
  if (isDeeper(values, MAX_LEVELS)) return unusable(`nested deeper than ${MAX_LEVELS} levels`);
  if (isObject(values)) return { file, shipped, values };
  return unusable(isYaml ? 'must contain one mapping (key: value)' : 'must contain one JSON object: { … }');
}

/** Whether a value is nested deeper than this number of levels. */
export function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** The text of a file, or a fault as a predicate ("is not UTF-8 …"); null when the file does not exist. */
export function readText(file: string): { readonly text: string } | { readonly fault: string } | null {
  const read = readRegularFile(file);
  if (read === null || 'fault' in read) return read;
  try {
    // Drops the byte order mark that some editors write.
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) };
  } catch {
    return { fault: `is ${isUtf16(read.bytes) ? 'UTF-16' : 'not UTF-8'} text; save it as UTF-8` };
  }
}

/** Whether a file starts with the byte order mark of UTF-16, which PowerShell's `>` writes. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
