import { resolve } from 'node:path';
import type { ProviderConfig } from './config.ts';

/** The only type of provider that serves GGUF files. */
const TYPE = 'llamacpp';

/**
 * Where the `models_dir` of a provider may be, absolute, in the order of precedence: a relative path is one in the working
 * directory, or, where that has none, in the directory of the configuration. Empty: it has no folder, or is disabled.
 */
export function modelsDirPlaces(
  { type, enabled, models_dir: written }: Pick<ProviderConfig, 'type' | 'enabled' | 'models_dir'>,
  directory: string,
): readonly string[] {
  if (!enabled || type !== TYPE || written === undefined) return [];
  return [...new Set([resolve(written), resolve(directory, written)])];
}
