import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/** The user's home folder. An empty or relative `HOME` counts as unset. null: the user is in no list of users. */
export function homeFolder(): string | null {
  try {
    const given = homedir();
    return isAbsolute(given) ? given : userInfo().homedir;
  } catch {
    return null;
  }
}
