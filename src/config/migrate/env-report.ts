import type { EnvironmentLayer } from '../environment/configuration-layer.ts';
import { LANE_NAMES, variableCase, type Variables } from '../environment/variables.ts';
import { formatPath, type ConfigFault, type Path } from '../faults.ts';
import { objectAt, valueAt, type JsonObject } from '../files/json.ts';
import { nearestAdvice } from '../../util/nearest.ts';
import { DEFAULT_LANE } from '../validate/references.ts';
import type { ConversionDraft } from './conversion.ts';

/** What a lane gets from variables. */
export interface LaneTarget {
  readonly provider: string;
  /** Full id; null: only the address is known. */
  readonly id: string | null;
}

/** What a `.env` says, and what was made of it. */
export interface ReadVariables {
  readonly variables: Variables;
  readonly environment: EnvironmentLayer;
  readonly faults: readonly ConfigFault[];
  /** New ids of providers. */
  readonly names: ReadonlyMap<string, string>;
  /** By lane. */
  readonly targets: ReadonlyMap<string, LaneTarget>;
  /** The files, with the lanes that variables add. */
  readonly below: JsonObject;
  /** The lanes that variables add. */
  readonly newLanes: JsonObject;
}

/** Variables that Laneway reads, and that files do not have. */
const PROCESS = /^(?:LANEWAY_.+|PORT|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i;

/** Reports what each variable with a value became. */
export function reportVariables(read: ReadVariables, draft: ConversionDraft): void {
  for (const [name, value] of Object.entries(read.variables)) {
    if ((value?.trim() ?? '') !== '') reportVariable(name, read, draft);
  }
}

function reportVariable(name: string, read: ReadVariables, draft: ConversionDraft): void {
  const { environment, faults } = read;
  const fault = faults.find(({ path }) => path === name)?.message ?? about(name, environment.warnings);
  const note = about(name, environment.notes);
  const rest = /^(?:LANEWAY|ARGOS)_((?:LANE|LLM|PROVIDER)_.+)$/.exec(variableCase(name))?.[1];
  if (fault !== null) draft.leave([name], fault);
  else if (environment.notes.some((text) => isHidden(name, text)))
    draft.leave([name], 'ignored, because the same variable with LANEWAY_ is set');
  else if (note?.startsWith('ignored') === true) draft.leave([name], note);
  else if (note !== null) draft.take([name], pathOf(name, read), note);
  else if (rest !== undefined) reportPrefixed(name, rest, read, draft);
  else reportOther(name, read, draft);
}

/** The text of a line about one variable. */
function about(name: string, lines: readonly string[]): string | null {
  const start = `environment: ${name}: `;
  return lines.find((line) => line.startsWith(start))?.slice(start.length) ?? null;
}

function isHidden(name: string, note: string): boolean {
  const [, names = ''] = /takes precedence over ARGOS_; ignored: (.*)$/.exec(note) ?? [];
  return names.split(', ').includes(name);
}

function reportOther(name: string, { below }: ReadVariables, draft: ConversionDraft): void {
  const users = Object.entries(objectAt(below, 'providers')).flatMap(([id, provider]) =>
    valueAt(provider, ['api_key']) === `env:${name}` ? [id] : [],
  );
  if (users.length > 0) {
    const readers = users.map((id) => `"${id}"`).join(', ');
    draft.take([name], null, `stays a variable: provider ${readers} reads it from .env`);
  } else if (PROCESS.test(name)) {
    draft.take([name], null, 'stays a variable, since files do not have it: keep it in .env');
  } else draft.leave([name], 'Laneway does not read this variable');
}

/** The value of the configuration that a variable has set. */
function pathOf(name: string, { environment, names, targets }: ReadVariables): Path | null {
  const { layer } = environment;
  for (const [id, settings] of Object.entries(objectAt(layer?.values ?? {}, 'providers'))) {
    const provider = ['providers', names.get(id) ?? id];
    const keys = Object.keys(settings ?? {}).filter(
      (key) => layer?.variables?.get(formatPath(['providers', id, key])) === name,
    );
    // With its address a variable makes a provider, whose type it may leave open.
    if (keys.includes('base_url')) return provider;
    if (keys[0] !== undefined) return [...provider, keys[0]];
  }
  if (layer?.variables?.get('default_lane') === name) return ['default_lane'];
  const lane = /first target of lane (\S+)$/.exec(about(name, environment.notes) ?? '')?.[1];
  return lane !== undefined && targets.get(lane)?.id != null ? ['lanes', lane, 'preferred'] : null;
}

/** A variable of a lane, of the default server or of a provider. */
function reportPrefixed(name: string, rest: string, read: ReadVariables, draft: ConversionDraft): void {
  const { lane, ending } = partsOf(rest, read);
  const target = lane === null ? undefined : read.targets.get(lane);
  const path = pathOf(name, read);
  if (ending === 'URL' && lane !== null && target?.id === null) {
    const missing = name.replace(/(?:BASE_)?URL$/, 'MODEL');
    draft.leave(
      [missing],
      `is not set, and files name the model of a lane: set it and run this again, or keep ${name} in .env`,
    );
  }
  if (ending === 'API_KEY') draft.take([name], path, 'see the keys below');
  else if (/^PROVIDER_.+_KEY$/.test(rest)) {
    draft.take([name], null, 'stays a variable, which is read as the key of its provider: keep it in .env');
  } else if (path !== null) draft.take([name], path);
  else if (ending === 'MODEL_PATH' && target?.id != null) {
    const file = ['models', target.id, 'path'];
    draft.set(file, read.variables[name]?.trim() ?? '');
    draft.take([name], file);
  } else if (ending === 'MODEL' && lane !== null && target?.id != null) {
    draft.take([name], ['lanes', lane, 'preferred'], modelNote(target, lane, read));
  } else if (target === undefined) draft.leave([name], 'has no effect');
  else draft.take([name], null, `provider "${target.provider}" has this ${NOUNS[ending] ?? 'value'} already`);
}

const NOUNS: Readonly<Record<string, string>> = { URL: 'address', BACKEND: 'type', MODEL_PATH: 'type' };

/** What a file does not do as variables did. */
function modelNote({ provider }: LaneTarget, lane: string, read: ReadVariables): string {
  const { below, environment, names, newLanes } = read;
  if (Object.hasOwn(newLanes, lane)) {
    const others = Object.keys(objectAt(below, 'lanes')).filter((each) => !Object.hasOwn(newLanes, each));
    return `lane "${lane}" is new${nearestAdvice(lane, others)}`;
  }
  const written = [...names].find(([, id]) => id === provider)?.[0] ?? provider;
  const type =
    valueAt(environment.layer?.values ?? {}, ['providers', written, 'type']) ??
    valueAt(below, ['providers', written, 'type']);
  // From variables, a llama-server with one model is used whatever its name.
  return type === 'llamacpp' ? 'a llama-server has to list this name: check it with "laneway models"' : '';
}

/** The lane and the ending of a variable; the lane is null for those of providers. */
function partsOf(
  rest: string,
  { below, environment }: ReadVariables,
): { readonly lane: string | null; readonly ending: string } {
  if (rest.startsWith('LLM_')) {
    const chosen = environment.layer?.values['default_lane'] ?? below['default_lane'];
    const lane = typeof chosen === 'string' ? chosen : DEFAULT_LANE;
    return { lane, ending: rest.slice('LLM_'.length).replace(/^BASE_/, '') };
  }
  for (const lane of Object.keys(objectAt(below, 'lanes'))) {
    const start = `LANE_${variableCase(lane)}_`;
    const ending = LANE_NAMES.find((each) => rest === start + each);
    if (ending !== undefined) return { lane, ending };
  }
  return { lane: null, ending: '' };
}
