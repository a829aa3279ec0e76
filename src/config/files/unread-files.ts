import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../../util/nearest.ts';
import { nameFault } from '../validate/names.ts';

/** What is read from a configuration directory. */
const READ_FILES = ['models.json', 'models.yaml', 'user_models.json'];

/** Files that belong there without being read by the gateway: the schema for editors, `npm run demo`. */
const KNOWN_ENTRIES = [...READ_FILES, 'schema.json', 'demo'];

/** Where profiles are read from. */
const PROFILES_FOLDER = 'user_profiles';

/** Names that people give to files that are read under another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'user_models.yaml': 'user_models.json (JSON only)',
  'user_models.yml': 'user_models.json (JSON only)',
  'models.yml': 'models.yaml',
};

/** Endings of configuration files; anything else (a README, a backup) is left alone. */
const CONFIGURATION = /\.(json|jsonc|json5|ya?ml|toml)$/i;

/** Directories whose name promises profiles. */
const PROFILES = /profiles?$/i;

/** One line for each file or directory of a configuration directory that looks like configuration and is not read. */
export function unreadFileWarnings(directory: string): string[] {
  return entriesOf(directory).flatMap((entry) => {
    const { name } = entry;
    const path = join(directory, name);
    if (name.startsWith('.') || KNOWN_ENTRIES.includes(name)) return [];
    if (entry.isDirectory())
      return name === PROFILES_FOLDER ? unreadProfiles(path) : unreadFolder(path, name);
    return CONFIGURATION.test(name) ? [`${path}: not read; ${advice(name)}`] : [];
  });
}

/** Files in the folder of profiles whose names are not names of profiles. */
function unreadProfiles(path: string): string[] {
  return entriesOf(path).flatMap(({ name }) => {
    if (!CONFIGURATION.test(name)) return [];
    const fault = name.endsWith('.json')
      ? nameFault('profile', name.slice(0, -'.json'.length))
      : 'must be NAME.json';
    return fault === null ? [] : [`${join(path, name)}: not read; ${fault}`];
  });
}

function unreadFolder(path: string, name: string): string[] {
  const isUsed = PROFILES.test(name) && entriesOf(path).some((file) => CONFIGURATION.test(file.name));
  return isUsed ? [`${path}: not read; profiles are read from ${PROFILES_FOLDER}/`] : [];
}

/** Whether the path of the configuration directory is that of a file. */
export function isFile(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.isFile() ?? false;
}

function advice(name: string): string {
  const lower = name.toLowerCase();
  const other = Object.hasOwn(OTHER_NAMES, lower) ? OTHER_NAMES[lower] : nearest(lower, READ_FILES, 1)[0];
  return other === undefined ? `configuration files are ${READ_FILES.join(', ')}` : `did you mean ${other}?`;
}

/** Empty for a directory that is missing or cannot be read, which is reported elsewhere. */
function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
