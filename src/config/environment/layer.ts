import { advice } from '../validate/check.ts';
import { EnvironmentDraft, nameMeant, type EnvironmentTarget } from './draft.ts';
import { addLanes, type ReportVariable } from './lanes.ts';
import { quote, type ConfigFault } from '../faults.ts';
import { objectAt, type Json, type JsonObject } from '../files/json.ts';
import type { Layer } from '../layers.ts';
import { addOlderAddresses, addOlderModels } from './legacy-variables.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import { DEFAULT_LANE } from '../validate/references.ts';
import {
  inVariables,
  misspeltVariables,
  readPrefixed,
  type PrefixedVariables,
  type Variables,
} from './variables.ts';

/** What the environment says over the files. */
export interface EnvironmentLayer {
  /** null where no variable sets anything that files could say. */
  readonly layer: Layer | null;
  /** By lane; not a key of files. */
  readonly environmentTargets: ReadonlyMap<string, EnvironmentTarget>;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads the environment as the strongest layer: providers' addresses and keys, lanes, and the variables of older
 * systems (DESIGN section 3). `below` is what the files say, merged; ids in it are known, others are misspelt.
 */
export function readEnvironmentLayer(
  variables: Variables,
  below: JsonObject,
  types: readonly ProviderTypeInfo[],
  faults: ConfigFault[],
): EnvironmentLayer {
  const { found, notes } = readPrefixed(variables);
  const draft = new EnvironmentDraft(below, types);
  const report: ReportVariable = ({ name }, message) => {
    faults.push({ file: 'environment', path: name, message });
  };
  const filed = draft.providerIds;
  addOlderAddresses(draft, variables, found);
  addProviders(draft, filed, found, report);

  const written = typeof below['default_lane'] === 'string' ? below['default_lane'] : DEFAULT_LANE;
  const lanes = [...new Set([...Object.keys(objectAt(below, 'lanes')), written])];
  const chosen = chosenDefaultLane(lanes, found, report);
  const defaultLane = chosen?.lane ?? written;
  addLanes(draft, found, { lanes, defaultLane }, report);
  addOlderModels(draft, variables, defaultLane);

  const values: Record<string, Json> = {};
  if (chosen !== null) {
    values['default_lane'] = chosen.lane;
    draft.variables.set('default_lane', chosen.variable);
  }
  const { providers } = draft;
  if (Object.keys(providers).length > 0) values['providers'] = providers;
  const isEmpty = Object.keys(values).length === 0;
  return {
    layer: isEmpty ? null : { file: 'environment', shipped: false, values, variables: draft.variables },
    environmentTargets: draft.environmentTargets,
    notes: [...notes, ...draft.notes],
    warnings: [...misspeltVariables(variables, { lanes, providers: filed }), ...draft.warnings],
  };
}

/** `PROVIDER_<ID>_URL` and `_KEY` of the files' providers. */
function addProviders(
  draft: EnvironmentDraft,
  ids: readonly string[],
  found: PrefixedVariables,
  report: ReportVariable,
): void {
  const seen = new Map<string, string>();
  for (const id of ids) {
    const name = inVariables(id);
    const url = found.get(`PROVIDER_${name}_URL`);
    const key = found.get(`PROVIDER_${name}_KEY`);
    const set = url ?? key;
    const twin = seen.get(name);
    if (set !== undefined && twin !== undefined)
      report(set, `means both provider "${twin}" and provider "${id}"`);
    seen.set(name, id);
    if (url !== undefined) draft.setAddress(id, url.value, url);
    if (key !== undefined) draft.setKey(id, key);
  }
}

function chosenDefaultLane(
  lanes: readonly string[],
  found: PrefixedVariables,
  report: ReportVariable,
): { readonly lane: string; readonly variable: string } | null {
  const variable = found.get('LLM_DEFAULT_LANE');
  if (variable === undefined) return null;
  const lane = nameMeant(variable.value, lanes);
  if (lane !== undefined) return { lane, variable: variable.name };
  report(variable, `no lane ${quote(variable.value)}${advice(variable.value, lanes)}`);
  return null;
}
