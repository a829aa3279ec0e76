import { join } from 'node:path';
import { ConfigFaults, formatPath, type ConfigFault } from '../../config/faults.ts';
import { readJson } from '../../config/files/json-file.ts';
import { isObject, valueAt, withoutPath, type Json, type JsonObject } from '../../config/files/json.ts';
import { readLayers, readText, type Layer } from '../../config/layers.ts';
import { loadConfig, type LoadOptions } from '../../config/load.ts';
import { mergeLayers } from '../../config/merge.ts';
import { combine, overlay, type Conflict, type Replaced } from '../../config/migrate/combine.ts';
import { withoutKeys } from '../../config/migrate/conversion.ts';
import { Known } from '../../config/migrate/known.ts';
import { ROLE_SECTIONS } from '../../config/migrate/role-file.ts';
import { findSecretFaults } from '../../config/validate/secrets.ts';
import { usageFault } from '../exit-codes.ts';
import { diffLines, type DiffLine } from './diff-lines.ts';
import { editText } from './edit-text.ts';
import { isSameFile, readSource, type Source } from './read-sources.ts';

/** What the older files become, and what that does to `user_models.json`. */
export interface Plan {
  /** `user_models.json` of the configuration directory. */
  readonly file: string;
  readonly sources: readonly Source[];
  /** Values of an earlier file that a later one has replaced. */
  readonly replaced: readonly { readonly path: string; readonly by: string }[];
  readonly conflicts: readonly (Conflict & { readonly from: string })[];
  /** The text of the file now; null: there is none. */
  readonly before: string | null;
  readonly after: string;
  /** Older sections of the file itself, which are taken out of it; they are not in `diff`. */
  readonly removed: readonly string[];
  readonly diff: readonly DiffLine[];
  /** What is wrong with the result; it is not written then. */
  readonly faults: readonly ConfigFault[];
  /** Warnings of the result that the configuration has not had before. */
  readonly warnings: readonly string[];
}

/** What a plan is made of. */
export interface PlanOptions extends Omit<LoadOptions, 'userModels' | 'stored'> {
  readonly files: readonly string[];
  /** Values of the older files win over those of `user_models.json`. */
  readonly overwrite: boolean;
}

/**
 * Converts the older files, a later one over an earlier one, and lays the result over `user_models.json`. Throws a
 * `CommandFault` (2) for a file that cannot be read, and `ConfigFaults` where the configuration cannot be read.
 */
export async function planMigration(options: PlanOptions): Promise<Plan> {
  const { directory, files } = options;
  const file = join(directory, 'user_models.json');
  for (const name of ['models.json', 'models.yaml']) refuseDefaults(join(directory, name), files);
  const before = await readExisting(file);
  const isInPlace = files.some((each) => isSameFile(each, file));
  const existing = isInPlace ? withoutSections(before.values) : before.values;
  refuseKeys(existing, file);
  const layers = await layersWith(existing, options);
  const base = mergeLayers(layers.filter((layer) => layer.file !== file)).values;

  const replaced: { path: string; by: string }[] = [];
  const sources: Source[] = [];
  let values: JsonObject = {};
  for (const each of files) {
    const below = mergeLayers([...layers, { file: '', shipped: false, values }]).values;
    const source = await readSource(each, new Known(base, below, options.providerTypes));
    const found: Replaced[] = [];
    values = overlay(values, source.conversion.values, [], found);
    replaced.push(...found.map(({ path }) => ({ path: formatPath(path), by: each })));
    sources.push(source);
  }

  const merged = mergeLayers([...layers, { file: '', shipped: false, values }]).values;
  const { edits, conflicts } = combine(existing, values, new Known(base, merged, options.providerTypes).tags);
  const written = options.overwrite ? [...edits, ...conflicts] : edits;
  const removed = isInPlace ? ROLE_SECTIONS.filter((section) => Object.hasOwn(before.values, section)) : [];
  // Without the older sections, which may hold keys.
  const cleared = removed.length === 0 ? before.text : await editText(before.text, [], removed);
  const after = written.length === 0 ? (cleared ?? '') : await editText(cleared, written, []);
  return {
    file,
    sources,
    replaced,
    conflicts: conflicts.map((conflict) => ({
      ...conflict,
      ...(conflict.existing === undefined ? {} : { existing: withoutKeys(conflict.existing) }),
      from: sourceOf(conflict, sources),
    })),
    before: before.text,
    after,
    removed,
    diff: diffLines(cleared ?? '', after),
    ...(await validate(existing, after, options)),
  };
}

/** Files of these names are read as the defaults of Laneway, so that no result could be valid. */
function refuseDefaults(path: string, files: readonly string[]): void {
  if (!files.some((each) => isSameFile(each, path))) return;
  throw usageFault(
    `${path} is where Laneway reads its own defaults from: move the older file to another directory, then migrate it from there`,
  );
}

async function readExisting(
  file: string,
): Promise<{ readonly text: string | null; readonly values: JsonObject }> {
  const refuse = (message: string, path = ''): ConfigFaults => new ConfigFaults([{ file, path, message }]);
  const read = readText(file);
  if (read === null) return { text: null, values: {} };
  if ('fault' in read) throw refuse(read.fault);
  const result = await readJson(read.text, { trusted: false });
  if ('fault' in result) {
    const { line, column, message } = result.fault;
    throw refuse(message, `line ${line}, column ${column}`);
  }
  if (!isObject(result.values)) throw refuse('must contain one JSON object: { … }');
  return { text: read.text, values: result.values };
}

/** A file with a key in it is never shown: a difference would contain the key. Throws `ConfigFaults`. */
function refuseKeys(values: JsonObject, file: string): void {
  const faults: ConfigFault[] = [];
  findSecretFaults(values, (path, message) => {
    faults.push({ file, path: formatPath(path), message });
  });
  if (faults.length > 0) throw new ConfigFaults(faults);
}

function withoutSections(values: JsonObject): JsonObject {
  return ROLE_SECTIONS.reduce<JsonObject>((left, section) => withoutPath(left, [section]), values);
}

async function layersWith(userModels: JsonObject, options: PlanOptions): Promise<Layer[]> {
  const { directory, shippedDirectory } = options;
  const faults: ConfigFault[] = [];
  const layers = await readLayers({ directory, shippedDirectory, userModels }, { faults, warnings: [] });
  if (faults.length > 0) throw new ConfigFaults(faults);
  return layers;
}

/** The last file that has the value. */
function sourceOf({ path }: Conflict, sources: readonly Source[]): string {
  const has = ({ conversion }: Source): boolean => valueAt(conversion.values, path) !== undefined;
  return (sources.findLast(has) ?? sources.at(-1))?.file ?? '';
}

/** The checks of a start, on the text that would be written. */
async function validate(
  existing: JsonObject,
  after: string,
  options: PlanOptions,
): Promise<Pick<Plan, 'faults' | 'warnings'>> {
  const load = async (userModels: Json): Promise<readonly string[]> => {
    const config = await loadConfig({ ...options, userModels: isObject(userModels) ? userModels : {} });
    return config.warnings;
  };
  try {
    const warnings = await load(after === '' ? {} : (JSON.parse(after) as Json));
    const known = await load(existing).catch((): readonly string[] => []);
    return { faults: [], warnings: warnings.filter((warning) => !known.includes(warning)) };
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return { faults: error.faults, warnings: [] };
  }
}
