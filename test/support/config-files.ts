import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes files below `config/` of a gateway's folder, by name; what is no text as JSON. */
export function writeConfig(folder: string, files: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(folder, 'config'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, 'config', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}
