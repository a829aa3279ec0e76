import { suggestion } from '../validate/check.ts';
import { EnvironmentDraft, matchName, type EnvironmentTarget } from './draft.ts';
import { addLanes, type ReportVariable } from './lanes.ts';
import { quote, type ConfigFault } from '../faults.ts';
import { objectAt, type Json, type JsonObject } from '../files/json.ts';
import type { Layer } from '../layers.ts';
import { addLegacyAddresses, addLegacyModels } from './legacy-variables.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import { DEFAULT_LANE } from '../validate/references.ts';
import {
  variableCase,
  unknownVariableWarnings,
  readPrefixed,
  type PrefixedVariables,
  type Variables,
} from './variables.ts';

/** What environment variables add to the files. */
export interface EnvironmentLayer {
  /** null when no variable sets a key of files. */
  readonly layer: Layer | null;
  /** By lane. Not a key of files. */
  readonly environmentTargets: ReadonlyMap<string, EnvironmentTarget>;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads the environment as the strongest layer: addresses and keys of providers, lanes, and legacy variables. `below`
 * are the merged files and what calls have stored; variables for ids that they do not define are reported as unknown.
 * `movedByCalls`: providers whose address a call has set, which get no key without an address from the environment.
 */
export function readEnvironmentLayer(
  variables: Variables,
  below: JsonObject,
  types: readonly ProviderTypeInfo[],
  faults: ConfigFault[],
  movedByCalls: ReadonlySet<string> = new Set(),
): EnvironmentLayer {
  const { found, notes } = readPrefixed(variables);
  const draft = new EnvironmentDraft(below, types);
  const report: ReportVariable = ({ name }, message) => {
    faults.push({ file: 'environment', path: name, message });
  };
  const configured = draft.providerIds;
  addLegacyAddresses(draft, variables, found);
  addProviders(draft, configured, { found, movedByCalls }, report);

  const written = typeof below['default_lane'] === 'string' ? below['default_lane'] : DEFAULT_LANE;
  const lanes = [...new Set([...Object.keys(objectAt(below, 'lanes')), written])];
  const chosen = chosenDefaultLane(lanes, found, report);
  const defaultLane = chosen?.lane ?? written;
  addLanes(draft, found, { lanes, defaultLane }, report);
  addLegacyModels(draft, variables, defaultLane);

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
    warnings: [...unknownVariableWarnings(variables, { lanes, providers: configured }), ...draft.warnings],
  };
}

/** `PROVIDER_<ID>_URL` and `_KEY` of the configured providers. */
function addProviders(
  draft: EnvironmentDraft,
  ids: readonly string[],
  { found, movedByCalls }: { readonly found: PrefixedVariables; readonly movedByCalls: ReadonlySet<string> },
  report: ReportVariable,
): void {
  const seen = new Map<string, string>();
  for (const id of ids) {
    const name = variableCase(id);
    const url = found.get(`PROVIDER_${name}_URL`);
    const key = found.get(`PROVIDER_${name}_KEY`);
    const set = url ?? key;
    const twin = seen.get(name);
    if (set !== undefined && twin !== undefined)
      report(set, `matches both provider "${twin}" and provider "${id}"; rename one of them`);
    seen.set(name, id);
    if (url !== undefined) draft.setAddress(id, url.value, url);
    if (key === undefined) continue;
    if (url !== undefined || !movedByCalls.has(id)) draft.setKey(id, key);
    else draft.warnings.push(keyNotSent(key.name, id));
  }
}

/** A key never follows its provider to another address, here to one that a call has set. */
function keyNotSent(variable: string, id: string): string {
  return (
    `environment: ${variable}: not sent to the address that a call has set for provider "${id}"; ` +
    `if that server needs this key, set LANEWAY_PROVIDER_${variableCase(id)}_URL too, or "api_key": "env:${variable}" by a call`
  );
}

function chosenDefaultLane(
  lanes: readonly string[],
  found: PrefixedVariables,
  report: ReportVariable,
): { readonly lane: string; readonly variable: string } | null {
  const variable = found.get('LLM_DEFAULT_LANE');
  if (variable === undefined) return null;
  const lane = matchName(variable.value, lanes);
  if (lane !== undefined) return { lane, variable: variable.name };
  report(variable, `unknown lane ${quote(variable.value)}${suggestion(variable.value, lanes)}`);
  return null;
}
