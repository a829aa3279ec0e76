import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../../../store/harness.ts';
import { laneway, type Ran, type Surroundings } from '../harness.ts';

/** A folder with older files and a configuration directory, `config`. */
export interface Folder {
  readonly path: string;
  /** Runs `laneway migrate …` on files of the folder. */
  migrate(files: readonly string[], options?: readonly string[], surroundings?: Surroundings): Promise<Ran>;
  /** The same with `--json`. */
  migrateJson(files: readonly string[], options?: readonly string[]): Promise<Record<string, unknown>>;
  /** The text of a file; null: there is none. */
  read(name: string): string | null;
  /** The names of the files in `config`. */
  names(): string[];
}

/** Writes files by name; what is no text as JSON. */
export function folderWith(files: Readonly<Record<string, unknown>>): Folder {
  const path = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  const migrate: Folder['migrate'] = (names, options = [], surroundings = {}) =>
    laneway(['migrate', ...names.map((name) => join(path, name)), ...options], {
      configDirectory: join(path, 'config'),
      ...surroundings,
    });
  return {
    path,
    migrate,
    migrateJson: async (names, options = []) => {
      const { stdout } = await migrate(names, [...options, '--json']);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    read: (name) => (existsSync(join(path, name)) ? readFileSync(join(path, name), 'utf8') : null),
    names: () => (existsSync(join(path, 'config')) ? readdirSync(join(path, 'config')).sort() : []),
  };
}
