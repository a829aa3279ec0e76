import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findProgram, isProgram } from '../../util/find-program.ts';
import type { ProviderConfig } from '../config.ts';
import { modelsDirPlaces } from '../models-dir.ts';
import { programOf } from './engine-program.ts';

/** Where the gateway looks for what the configuration names. */
export interface EnginePlaces {
  /** The directory of the configuration. */
  readonly directory: string;
  /** `PATH` of the environment; undefined: programs without a path are not looked for. */
  readonly path: string | undefined;
}

/**
 * One line for each program of an engine and each folder of models that does not exist now. Either may appear before it is
 * used, so that none is a fault.
 */
export async function enginePlaceWarnings(
  providers: Readonly<Record<string, ProviderConfig>>,
  places: EnginePlaces,
): Promise<string[]> {
  const lines = await Promise.all(
    Object.entries(providers)
      .filter(([, { enabled }]) => enabled)
      .map(async ([id, provider]) => [
        ...(await folderWarning(id, provider, places)),
        ...(await programWarnings(id, provider, places)),
      ]),
  );
  return lines.flat();
}

async function folderWarning(
  id: string,
  provider: ProviderConfig,
  { directory }: EnginePlaces,
): Promise<string[]> {
  const folders = modelsDirPlaces(provider, directory);
  if (folders.length === 0) return [];
  for (const folder of folders) if (await isFolder(folder)) return [];
  return [
    `providers.${id}.models_dir: there is no folder ${folders.join(', and no ')}; correct the path, or create the folder`,
  ];
}

async function programWarnings(
  id: string,
  { engine = {} }: ProviderConfig,
  { path }: EnginePlaces,
): Promise<string[]> {
  if (engine.manage === 'none') return [];
  const lines: string[] = [];
  for (const key of ['command', 'start', 'stop'] as const) {
    const program = programOf(engine[key] ?? []);
    const missing = program === null ? null : await missingWords(program, path);
    if (missing !== null) lines.push(`providers.${id}.engine.${key}: ${missing}`);
  }
  return lines;
}

/** What is missing, and what to do; null: the program is there, or is not looked for. */
async function missingWords(program: string, path: string | undefined): Promise<string | null> {
  if (/[/\\]/.test(program)) {
    const file = resolve(program);
    return (await isProgram(file))
      ? null
      : `${file} is no executable file; correct the path of the program, or install it there`;
  }
  if (path === undefined || (await findProgram(program, path)) !== null) return null;
  return `there is no program "${program}" on the PATH; write its whole path, or install it`;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
