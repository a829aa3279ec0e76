import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { isDeeper, readText } from '../../config/layers.ts';
import { MAX_LEVELS, readJson } from '../../config/files/json-file.ts';
import type { Json } from '../../config/files/json.ts';
import { readYaml } from '../../config/files/yaml-file.ts';
import type { Conversion } from '../../config/migrate/conversion.ts';
import { convertEnvironment } from '../../config/migrate/env-file.ts';
import type { Known } from '../../config/migrate/known.ts';
import { formatOf, shapeOf } from '../../config/migrate/recognise.ts';
import { convertRoleFile } from '../../config/migrate/role-file.ts';
import { dotEnvWarnings } from '../dot-env-warnings.ts';
import { usageFault } from '../exit-codes.ts';

/** An older file, and what it becomes. */
export interface Source {
  readonly file: string;
  readonly shape: 'role file' | 'environment' | 'keys';
  readonly conversion: Conversion;
  /** What to do with the whole file instead; null: nothing. */
  readonly advice: string | null;
}

const NOTHING: Conversion = { values: {}, taken: [], left: [], keys: [] };

/**
 * Reads and converts one older file. Throws a `CommandFault` (2) for one that cannot be read or has no known shape; it
 * never contains a value of the file.
 */
export async function readSource(file: string, known: Known): Promise<Source> {
  const read = readText(file);
  if (read === null) throw usageFault(`${file} does not exist`);
  if ('fault' in read) throw usageFault(`${file} ${read.fault}`);
  const format = formatOf(file, read.text);
  if (format === 'env') return environmentSource(file, read.text, known);
  const shape = shapeOf(file, await parse(file, read.text, format), known);
  switch (shape.kind) {
    case 'roles':
      return { file, shape: 'role file', conversion: convertRoleFile(shape.content, known), advice: null };
    case 'keys':
      return {
        file,
        shape: 'keys',
        conversion: NOTHING,
        advice: `is a file of keys, which are not written into a configuration; start the gateway, and store them encrypted with: laneway secrets import ${file}`,
      };
    case 'unknown':
      throw usageFault(`${file} ${shape.fault}`);
  }
}

async function parse(file: string, text: string, format: 'json' | 'yaml'): Promise<Json> {
  const result = format === 'json' ? await readJson(text, { trusted: false }) : await readYaml(text);
  if ('fault' in result) {
    const { line, column, message } = result.fault;
    throw usageFault(`${file}: line ${line}, column ${column}: ${message}`);
  }
  if (isDeeper(result.values, MAX_LEVELS))
    throw usageFault(`${file} is nested deeper than ${MAX_LEVELS} levels`);
  return result.values;
}

function environmentSource(file: string, text: string, known: Known): Source {
  const conversion = convertEnvironment(parseEnv(text), known);
  // Lines that are no assignment would be lost without a word.
  const unread = dotEnvWarnings(text, { named: [], isSet: () => true }).map((warning) => {
    const [, line = '', reason = ''] = /^\.env, (line \d+): (.*)$/.exec(warning) ?? [];
    return { from: line, reason };
  });
  return {
    file,
    shape: 'environment',
    conversion: { ...conversion, left: [...unread, ...conversion.left] },
    advice: null,
  };
}

/** Whether two paths are those of the same file, as far as their texts tell. */
export function isSameFile(one: string, other: string): boolean {
  return resolve(one) === resolve(other);
}
