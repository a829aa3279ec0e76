import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigFault } from '../faults.ts';
import { readJson } from '../files/json-file.ts';
import { readRegularFile } from '../files/read-file.ts';
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
  const own = ownNames(directories.directory).filter((name) => !SHIPPED_PROFILES.includes(name));
  const files = await Promise.all(
    [...SHIPPED_PROFILES, ...own].map((name) => findProfile(name, directories)),
  );
  return files.filter((file) => file !== null);
}

/** The profile with this name; null when there is none. */
export async function findProfile(
  name: string,
  { directory, shippedDirectory }: ProfileDirectories,
): Promise<ProfileFile | null> {
  if (nameFault('profile', name) !== null) return null;
  const own = directory === shippedDirectory ? null : await readFile(name, 'file', directory);
  if (own !== null) return own;
  const isShipped = SHIPPED_PROFILES.includes(name);
  return readFile(name, isShipped ? 'shipped' : 'file', isShipped ? shippedDirectory : directory);
}

/** The path of a profile's file in a configuration directory. */
export function profilePath(directory: string, name: string): string {
  return join(directory, PROFILES_FOLDER, `${name}.json`);
}

async function readFile(
  name: string,
  source: ProfileFile['source'],
  directory: string,
): Promise<ProfileFile | null> {
  const file = profilePath(directory, name);
  const read = readRegularFile(file);
  if (read === null) return null;
  const faults: ConfigFault[] = [];
  const unusable = (path: string, message: string): ProfileFile => {
    return { name, source, file, profile: null, faults: [{ file, path, message }] };
  };
  if ('fault' in read) return unusable('', read.fault);
  const parsed = await readJson(read.bytes.toString('utf8'), { trusted: false });
  if ('fault' in parsed) {
    const { line, column, message } = parsed.fault;
    return unusable(`line ${line}, column ${column}`, message);
  }
  const profile = readProfile(name, parsed.values, file, faults);
  return { name, source, file, profile, faults };
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
