import { createHash } from 'node:crypto';
import type { WarningList } from '../warning-list.ts';

/** OpenAI rejects a longer id of an end user; Claude Code's ids are longer. In characters. */
const MAX_LENGTH = 64;

/** The id of an end user as OpenAI's wires accept it: one that is too long as its hash, which still tells users apart. */
export function acceptedUser(user: string | null, warnings: WarningList): string | null {
  if (user === null || user.length <= MAX_LENGTH) return user;
  warnings.changed('user hashed');
  return createHash('sha256').update(user).digest('hex');
}
