import { ConfigFaults } from '../../config/faults.ts';
import { MAX_LEVELS } from '../../config/files/json-file.ts';
import type { JsonObject } from '../../config/files/json.ts';
import { isDeeper } from '../../config/layers.ts';
import { parseProfile } from '../../config/profiles/profile-files.ts';
import type { Profile } from '../../config/profiles/profile.ts';
import { removeProfile, writeProfile } from '../../config/profiles/profile-writer.ts';
import type { ProfileDraft } from '../../config/stored-layers.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { profileRejected } from './profile-rejected.ts';

/** What a call sets of a profile. */
export interface ProfileContent {
  readonly description: string | null;
  /** A partial `models.json`, only of the keys that a profile may set. */
  readonly config: JsonObject;
}

/**
 * The content of a call as a profile, read in the same way as its file will be. Throws `invalid_body` for what is wrong
 * with it by itself; `what` begins the message, `file` is named in the faults.
 */
export async function draftOf(
  name: string,
  { description, config }: ProfileContent,
  file: string,
  what: string,
): Promise<ProfileDraft> {
  if (isDeeper(config, MAX_LEVELS)) {
    throw new GatewayError('invalid_body', `${what}: config is nested deeper than ${MAX_LEVELS} levels`, {
      param: 'config',
    });
  }
  const text = JSON.stringify(description === null ? config : { ...config, description });
  const { profile, faults } = await parseProfile(name, text, file);
  if (profile !== null) return { profile, file };
  const path = faults[0]?.path ?? '';
  throw profileRejected(what, new ConfigFaults(faults), path === '' ? 'config' : `config.${path}`);
}

/** The text of a profile's file. */
export function profileText({ description, values }: Profile): string {
  const content = description === null ? values : { description, ...values };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** As `writeProfile`, but throws `store_unavailable` with the reason. */
export function writeFile(file: string, text: string): () => void {
  return onDisk(file, 'written', () => writeProfile(file, text));
}

/** As `removeProfile`, but throws `store_unavailable` with the reason. */
export function removeFile(file: string): void {
  onDisk(file, 'removed', () => {
    removeProfile(file);
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'part of its path is not a folder',
};

function onDisk<Result>(file: string, done: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = `${file} cannot be ${done}: ${REASONS[code] ?? code}; make its folder writable for Laneway`;
    throw new GatewayError('store_unavailable', message, { retryAfterS: 5 });
  }
}
