import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILES_FOLDER } from '../config/profiles/profile-files.ts';

/**
 * Copies the profiles of the demo's configuration into its state directory, where profiles are stored in the demo; its
 * configuration is a part of Laneway and never written. Keeps files that are there. Returns what went wrong, or null.
 */
export function copyDemoProfiles(configuration: string, state: string): string | null {
  const from = join(configuration, PROFILES_FOLDER);
  if (!existsSync(from)) return null;
  const to = join(state, PROFILES_FOLDER);
  try {
    cpSync(from, to, { recursive: true, force: false });
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `the profiles of the demo cannot be copied to ${to}: ${why}`;
  }
}
