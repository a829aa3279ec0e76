import { isUtf8 } from 'node:buffer';
import { parseEnv } from 'node:util';
import { ConfigFaults } from '../config/faults.ts';
import { readRegularFile } from '../config/files/read-file.ts';

/** The variables of `.env`, whose path is given; empty when there is no such file. Throws `ConfigFaults`. */
export function readDotEnv(file: string): Readonly<Record<string, string | undefined>> {
  return parseEnv(dotEnvText(file));
}

/** The text of `.env`, whose path is given; empty when there is no such file. Throws `ConfigFaults`. */
export function dotEnvText(file: string): string {
  const read = readRegularFile(file);
  if (read === null) return '';
  if ('fault' in read) throw new ConfigFaults([{ file, path: '', message: read.fault }]);
  if (!isUtf8(read.bytes)) throw new ConfigFaults([{ file, path: '', message: 'not valid UTF-8' }]);
  // Without the byte order mark that some editors write, which would become part of the first name.
  return read.bytes.toString().replace(/^\ufeff/, '');
}
