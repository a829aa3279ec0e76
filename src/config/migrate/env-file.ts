import { formatModelId } from '../../protocol/model-id.ts';
import { readEnvironmentLayer, type EnvironmentLayer } from '../environment/configuration-layer.ts';
import type { EnvironmentTarget } from '../environment/draft.ts';
import { ollamaAddress } from '../environment/legacy-variables.ts';
import { LANE_NAMES, variableCase, type Variables } from '../environment/variables.ts';
import type { ConfigFault } from '../faults.ts';
import { isList, isObject, objectAt, valueAt, type Json, type JsonObject } from '../files/json.ts';
import { withTag } from '../schema/canonicalize.ts';
import { readBaseUrl } from '../validate/base-url.ts';
import { nameFault } from '../validate/names.ts';
import { ConversionDraft, looksLikeKey, type Conversion } from './conversion.ts';
import { reportVariables, type LaneTarget } from './env-report.ts';
import { freeVariable } from './key-reference.ts';
import type { Known } from './known.ts';
import { settle } from './settle.ts';

/**
 * Converts the variables of an older `.env`, read as a start reads them: providers, the default lane, and one model that
 * comes first in each lane that variables name. Keys stay in variables.
 */
export function convertEnvironment(variables: Variables, known: Known): Conversion {
  const draft = new ConversionDraft();
  const usable = withoutUnusable(variables, draft);
  const faults: ConfigFault[] = [];
  const newLanes = lanesOf(known.below, usable);
  const below = { ...known.below, lanes: { ...objectAt(known.below, 'lanes'), ...newLanes } };
  const environment = readEnvironmentLayer(usable, below, known.types, faults);
  const names = providerNames(environment, known);
  setProviders(environment, names, known, draft);
  const targets = new Map<string, LaneTarget>();
  for (const [lane, target] of environment.environmentTargets) {
    targets.set(lane, setTarget(lane, target, { names, known, below }, draft));
  }
  const chosen = environment.layer?.values['default_lane'];
  if (chosen !== undefined) draft.set(['default_lane'], chosen);
  reportVariables({ variables: usable, environment, faults, names, targets, below, newLanes }, draft);
  return settle(draft);
}

const ADDRESS =
  /^(?:(?:LANEWAY|ARGOS)_(?:(?:LANE|PROVIDER)_.+_URL|LLM_BASE_URL)|(?:LMSTUDIO|HUGGINGFACE_TGI)_URL)$/i;
const SOME_TYPE = {
  ...{ type: '', name: '', local: true, requiresKey: false, basePath: '/v1' },
  defaultBaseUrl: 'http://127.0.0.1:8000/v1',
};

/** Reports and leaves out invalid addresses, which may contain a password, and keys in a wrong place. */
function withoutUnusable(variables: Variables, draft: ConversionDraft): Variables {
  return Object.fromEntries(
    Object.entries(variables).filter(([name, value]) => {
      const text = value?.trim() ?? '';
      if (looksLikeKey(text) && !/KEY|TOKEN|SECRET|PASSWORD/i.test(name)) {
        draft.leave([name], 'looks like a key, which must not be in a file');
        return false;
      }
      const isOllama = name === 'OLLAMA_URL' || name === 'OLLAMA_HOST';
      if (text === '' || (!isOllama && !ADDRESS.test(name))) return true;
      const address = readBaseUrl(isOllama ? ollamaAddress(text) : text, SOME_TYPE);
      if (!('fault' in address)) return true;
      draft.leave([name], address.fault);
      return false;
    }),
  );
}

const LANE = new RegExp(`^(?:LANEWAY|ARGOS)_LANE_(.+?)_(?:${LANE_NAMES.join('|')})$`);

/** Empty lanes with the names that only variables have. */
function lanesOf(below: JsonObject, variables: Variables): JsonObject {
  const known = Object.keys(objectAt(below, 'lanes')).map(variableCase);
  const named = Object.entries(variables).flatMap(([name, value]) => {
    const [, lane = ''] = LANE.exec(variableCase(name)) ?? [];
    const isNew = (value?.trim() ?? '') !== '' && !known.includes(lane);
    return isNew && nameFault('lane', lane.toLowerCase()) === null ? [lane.toLowerCase()] : [];
  });
  return Object.fromEntries(named.map((lane) => [lane, {}]));
}

/**
 * Ids for the providers that variables add: those of the environment, such as `env-coder`, stay free for variables that
 * are set later.
 */
function providerNames(environment: EnvironmentLayer, known: Known): ReadonlyMap<string, string> {
  const taken = new Set(known.providers);
  const names = new Map<string, string>();
  for (const id of Object.keys(objectAt(environment.layer?.values ?? {}, 'providers'))) {
    if (known.providers.includes(id) || !/^env(?:-|$)/.test(id)) continue;
    const stem = `llm${id.slice('env'.length)}`;
    const free = [stem, `${stem}-2`, `${stem}-3`].find((each) => !taken.has(each)) ?? `${stem}-4`;
    taken.add(free);
    names.set(id, free);
  }
  return names;
}

function setProviders(
  environment: EnvironmentLayer,
  names: ReadonlyMap<string, string>,
  known: Known,
  draft: ConversionDraft,
): void {
  const providers = objectAt(environment.layer?.values ?? {}, 'providers');
  for (const [id, settings] of Object.entries(providers)) {
    const name = names.get(id) ?? id;
    const to = ['providers', name];
    for (const [key, value] of Object.entries(isObject(settings) ? settings : {})) {
      if (key !== 'api_key') draft.set([...to, key], value);
    }
    const written = valueAt(settings, ['api_key']);
    if (typeof written === 'string') setKey(written, { settings, name }, known, draft);
  }
}

/** Refers to a variable in place of the key. That of a provider is read by itself, and keeps its name. */
function setKey(
  written: string,
  { settings, name }: { readonly settings: Json; readonly name: string },
  known: Known,
  draft: ConversionDraft,
): void {
  const path = ['providers', name, 'api_key'];
  const from = written.slice('env:'.length);
  const isMoved = valueAt(settings, ['base_url']) !== undefined;
  if (PROVIDER_KEY.test(from)) {
    if (isMoved) draft.set(path, written);
    return;
  }
  const configured = isMoved ? undefined : valueAt(known.below, path);
  const reference = typeof configured === 'string' ? configured : `env:${freeVariable(name, known)}`;
  if (reference !== configured) draft.set(path, reference);
  draft.keys.push({ from, reference, advice: keyAdvice(from, reference) });
}

const PROVIDER_KEY = /^(?:LANEWAY|ARGOS)_PROVIDER_.+_KEY$/i;

function keyAdvice(from: string, reference: string): string {
  const name = reference.slice(reference.indexOf(':') + 1);
  return reference.startsWith('env:')
    ? `rename ${from} to ${name} in .env: the older name is read only together with an address`
    : `store the key with "laneway secrets set ${name}", and remove ${from} from .env`;
}

interface Surroundings {
  readonly names: ReadonlyMap<string, string>;
  readonly known: Known;
  readonly below: JsonObject;
}

/** Puts the model first in its lane. The rest of the chain stays; a list of a file replaces the one below. */
function setTarget(
  lane: string,
  { provider: written, model }: EnvironmentTarget,
  { names, known, below }: Surroundings,
  draft: ConversionDraft,
): LaneTarget {
  const provider = names.get(written) ?? written;
  if (model === null) return { provider, id: null };
  const id = withTag(formatModelId(provider, model), known.tags);
  const preferred = valueAt(below, ['lanes', lane, 'preferred']);
  const others = isList(preferred) ? preferred.filter((other) => other !== id) : [];
  draft.set(['lanes', lane, 'preferred'], [id, ...others]);
  return { provider, id };
}
