import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigFaults, type ConfigFault } from '../faults.ts';
import { readJson } from '../files/json-file.ts';
import { readText } from '../layers.ts';
import { nameFault } from '../validate/names.ts';
import { readProfile, type Profile } from './profile.ts';

/** The folder of profiles in a configuration directory. */
export const PROFILES_FOLDER = 'user_profiles';

/** The profiles that ship with Laneway, in the order in which they are listed. */
export const SHIPPED_PROFILES: readonly string[] = [
  'coding',
  'writing',
  'research',
  'pipeline',
  'lanes',
  'roles',
  'interaction-types',
  'model-bar',
  'strix-halo',
];

/** Where profiles are stored. */
export interface ProfileDirectories {
  /** `LANEWAY_CONFIG_DIR`; may be missing. */
  readonly directory: string;
  /** The directory with the `user_profiles/` that calls write; absent: `directory`. */
  readonly profileDirectory?: string;
  /** The package's own `config/`. */
  readonly shippedDirectory: string;
}

/** A profile of a file, or what is wrong with the file. */
export interface ProfileFile {
  readonly name: string;
  /** `shipped`: one of SHIPPED_PROFILES, which the operator's directory does not replace. */
  readonly source: 'shipped' | 'file';
  readonly file: string;
  /** null when `faults` says why it cannot be used. */
  readonly profile: Profile | null;
  readonly faults: readonly ConfigFault[];
}

/** All profiles: the shipped ones first, then the operator's by name. One of the operator's replaces a shipped one. */
export async function listProfiles(directories: ProfileDirectories): Promise<ProfileFile[]> {
  const own = ownNames(ownDirectory(directories)).filter((name) => !SHIPPED_PROFILES.includes(name));
  const files = await Promise.all(
    [...SHIPPED_PROFILES, ...own].map((name) => findProfile(name, directories)),
  );
  return files.filter((file) => file !== null);
}

/** The profile with this name; null when there is none. */
export async function findProfile(
  name: string,
  directories: ProfileDirectories,
): Promise<ProfileFile | null> {
  if (nameFault('profile', name) !== null) return null;
  const { shippedDirectory } = directories;
  const directory = ownDirectory(directories);
  const isOwnDirectory = resolve(directory) !== resolve(shippedDirectory);
  const own = isOwnDirectory ? await readFile(name, 'file', directory) : null;
  if (own !== null) return own;
  const isShipped = SHIPPED_PROFILES.includes(name);
  return readFile(name, isShipped ? 'shipped' : 'file', isShipped ? shippedDirectory : directory);
}

/** The path of the file of a profile that calls write. */
export function ownProfilePath(directories: ProfileDirectories, name: string): string {
  return profilePath(ownDirectory(directories), name);
}

function ownDirectory({ directory, profileDirectory }: ProfileDirectories): string {
  return profileDirectory ?? directory;
}

/** The path of a profile's file in a directory. */
export function profilePath(directory: string, name: string): string {
  return join(directory, PROFILES_FOLDER, `${name}.json`);
}

/** Adds to faults how to start without the active profile, if they are its own. */
export async function withProfileAdvice(
  error: ConfigFaults,
  name: string | null,
  directories: ProfileDirectories,
): Promise<ConfigFaults> {
  const found = name === null ? null : await findProfile(name, directories);
  if (found === null || !error.faults.some(({ file }) => file === found.file)) return error;
  const own = ownProfilePath(directories, found.name);
  const message = `is the active profile; to start without its values, write {} into ${own}`;
  return new ConfigFaults([...error.faults, { file: found.file, path: '', message }]);
}

/** Reads the text of a profile's file. `file` is named in the faults. */
export async function parseProfile(
  name: string,
  text: string,
  file: string,
): Promise<Pick<ProfileFile, 'profile' | 'faults'>> {
  const faults: ConfigFault[] = [];
  const parsed = await readJson(text, { trusted: false });
  if ('fault' in parsed) {
    const { line, column, message } = parsed.fault;
    return { profile: null, faults: [{ file, path: `line ${line}, column ${column}`, message }] };
  }
  return { profile: readProfile(name, parsed.values, file, faults), faults };
}

async function readFile(
  name: string,
  source: ProfileFile['source'],
  directory: string,
): Promise<ProfileFile | null> {
  const file = profilePath(directory, name);
  const read = readText(file);
  if (read === null) return null;
  if ('fault' in read) {
    return { name, source, file, profile: null, faults: [{ file, path: '', message: read.fault }] };
  }
  return { name, source, file, ...(await parseProfile(name, read.text, file)) };
}

/** Names of the operator's files, sorted; empty for a directory that is missing or cannot be read. */
function ownNames(directory: string): string[] {
  try {
    return readdirSync(join(directory, PROFILES_FOLDER))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .filter((name) => nameFault('profile', name) === null)
      .sort();
  } catch {
    return [];
  }
}
