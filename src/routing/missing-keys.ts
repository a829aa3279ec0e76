import { mayUseCloud } from './cloud.ts';
import type { Snapshot } from './snapshot.ts';

/** The variable that examples name where it is one of those that help. */
const BEST_KNOWN = 'OPENAI_API_KEY';

/**
 * The environment variable of a key that would make a provider usable; null where no key would: none is missing, or
 * requests may not leave this machine.
 */
export function keyThatHelps(snapshot: Snapshot): string | null {
  const cloudAllowed = mayUseCloud(snapshot);
  const variables: string[] = [];
  for (const { local, disabled, missingKey, keyVariable } of snapshot.providers.values()) {
    if (missingKey === null || disabled === true || (!local && !cloudAllowed)) continue;
    if (typeof keyVariable === 'string') variables.push(keyVariable);
  }
  return variables.includes(BEST_KNOWN) ? BEST_KNOWN : (variables[0] ?? null);
}
