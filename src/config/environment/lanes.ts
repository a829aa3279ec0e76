import { addressKey, type EnvironmentDraft, type EnvironmentTarget } from './draft.ts';
import { inVariables, LANE_NAMES, type PrefixedVariables, type Variable } from './variables.ts';

/** Backends as variables name them, and the provider type of each. */
const BACKENDS: Readonly<Record<string, string>> = {
  openai: 'openai_compatible',
  vllm: 'vllm',
  llama_cpp: 'llamacpp',
};

/** The type for a server that must be asked what it is: no backend is ever guessed from a port. */
const DETECT = 'detect';

/** What one lane's variables, or those of the LLM, ask for. */
interface Claim {
  readonly lane: string;
  /** Of `LLM_…`: weaker than the same lane's own. */
  readonly isLlm: boolean;
  readonly url: Variable;
  readonly model: Variable | undefined;
  readonly backend: Variable | undefined;
  readonly modelPath: Variable | undefined;
  readonly apiKey: Variable | undefined;
}

/** Reports what is wrong with a variable. */
export type ReportVariable = (variable: Variable, message: string) => void;

/**
 * Puts one target in front of the chain of each lane that variables speak of (DESIGN section 3). A server is the
 * configured provider at its address, or a new provider.
 */
export function addLanes(
  draft: EnvironmentDraft,
  variables: PrefixedVariables,
  { lanes, defaultLane }: { readonly lanes: readonly string[]; readonly defaultLane: string },
  report: ReportVariable,
): void {
  const llm = llmClaim(draft, variables, defaultLane);
  const claims = lanes.toSorted().flatMap((lane) => laneClaim(draft, variables, lane, llm?.url) ?? []);
  const servers = new Map<string, Claim[]>();
  for (const claim of llm === null ? claims : [llm, ...claims]) {
    const key = addressKey(claim.url.value);
    servers.set(key, [...(servers.get(key) ?? []), claim]);
  }
  for (const server of servers.values()) {
    const provider = providerFor(draft, server, report);
    for (const { lane, model, isLlm } of server) {
      // The lane's own model counts; without one the LLM's does, where both speak of the same server.
      const known = isLlm ? null : (draft.environmentTargets.get(lane) ?? null);
      draft.environmentTargets.set(lane, environmentTarget(provider, model, known));
    }
  }
}

function environmentTarget(
  provider: string,
  model: Variable | undefined,
  known: EnvironmentTarget | null,
): EnvironmentTarget {
  return { provider, model: model?.value ?? (known?.provider === provider ? known.model : null) };
}

function llmClaim(draft: EnvironmentDraft, variables: PrefixedVariables, lane: string): Claim | null {
  const [url, model, backend, apiKey] = ['BASE_URL', 'MODEL', 'BACKEND', 'API_KEY'].map((name) =>
    variables.get(`LLM_${name}`),
  );
  if (url !== undefined) return { lane, isLlm: true, url, model, backend, modelPath: undefined, apiKey };
  withoutEffect(draft, [model, backend, apiKey], 'LLM_BASE_URL');
  return null;
}

function laneClaim(
  draft: EnvironmentDraft,
  variables: PrefixedVariables,
  lane: string,
  llmUrl: Variable | undefined,
): Claim | null {
  const prefix = `LANE_${inVariables(lane)}_`;
  const [modelPath, apiKey, ownUrl, model, backend] = LANE_NAMES.map((name) => variables.get(prefix + name));
  const url = ownUrl ?? (model === undefined ? undefined : llmUrl);
  if (url !== undefined) return { lane, isLlm: false, url, model, backend, modelPath, apiKey };
  withoutEffect(draft, [model], `${prefix}URL and no LLM_BASE_URL`);
  const others = llmUrl === undefined ? '' : ` and no ${prefix}MODEL`;
  withoutEffect(draft, [modelPath, apiKey, backend], `${prefix}URL${others}`);
  return null;
}

function withoutEffect(
  draft: EnvironmentDraft,
  variables: readonly (Variable | undefined)[],
  missing: string,
): void {
  for (const variable of variables) {
    if (variable === undefined) continue;
    draft.warnings.push(`environment: ${variable.name}: without effect, because there is no ${missing}`);
  }
}

/** The id of the provider behind the claims of one address; makes it known to the draft where it is new. */
function providerFor(draft: EnvironmentDraft, claims: readonly Claim[], report: ReportVariable): string {
  const [first] = claims;
  if (first === undefined) throw new Error('a server is made of one claim at least');
  const { url } = first;
  const backend = backendOf(draft, claims, report);
  const configured = draft.atAddress(url.value);
  const id = configured ?? newId(claims);
  if (configured === null) {
    if (draft.providerIds.includes(id)) {
      report(
        url,
        `would be provider "${id}", but the files have one of this name at another address: rename that`,
      );
    }
    const hasPath = claims.some(({ modelPath }) => modelPath !== undefined);
    draft.set(id, 'type', backend?.type ?? (hasPath ? 'llamacpp' : DETECT), backend?.variable ?? url);
    draft.setAddress(id, url.value, url);
  } else {
    if (backend !== null) correctType(draft, id, backend, url);
    if (draft.get(id, 'enabled') === false) {
      draft.warnings.push(
        `environment: ${url.name}: is provider "${id}", which is switched off by "enabled": false`,
      );
    }
  }
  const key = keyOf(draft, claims);
  if (key !== undefined) draft.setKey(id, key);
  return id;
}

function newId(claims: readonly Claim[]): string {
  const [first] = claims;
  // Claims stand in alphabetical order of their lanes; an id has 64 characters at most.
  return first === undefined || claims.some(({ isLlm }) => isLlm) ? 'env' : `env-${first.lane}`.slice(0, 64);
}

interface Backend {
  readonly type: string;
  readonly variable: Variable;
}

/** The one backend that is stated for a server; null where none is, or where the lanes contradict each other. */
function backendOf(
  draft: EnvironmentDraft,
  claims: readonly Claim[],
  report: ReportVariable,
): Backend | null {
  const stated: Backend[] = [];
  for (const { backend: variable } of claims) {
    if (variable === undefined) continue;
    const word = variable.value.toLowerCase().replaceAll(/[-. ]/g, '_');
    const type = Object.hasOwn(BACKENDS, word) ? BACKENDS[word] : undefined;
    if (type === undefined)
      report(variable, `unknown backend; there are ${Object.keys(BACKENDS).join(', ')}`);
    else stated.push({ type, variable });
  }
  const [first] = stated;
  const other = stated.find(({ type }) => type !== first?.type);
  if (first === undefined || other === undefined) return first ?? null;
  draft.warnings.push(
    `environment: ${other.variable.name}: contradicts ${first.variable.name} about the same server, so neither counts`,
  );
  return null;
}

/** What the environment says of a configured server's engine is stronger; `openai` only says how it is spoken to. */
function correctType(draft: EnvironmentDraft, id: string, { type, variable }: Backend, url: Variable): void {
  const written = draft.get(id, 'type');
  const was = typeof written === 'string' ? written : '';
  if (type === BACKENDS['openai'] || type === was) return;
  draft.set(id, 'type', type, variable);
  // An address that came with the former type is written out, or it would change with the type.
  if (draft.get(id, 'base_url') === undefined) draft.setAddress(id, url.value, url);
  draft.notes.push(`environment: ${variable.name}: provider "${id}" is of type ${type} now, not ${was}`);
}

function keyOf(draft: EnvironmentDraft, claims: readonly Claim[]): Variable | undefined {
  const keys = claims.flatMap(({ apiKey }) => apiKey ?? []);
  const other = keys.find(({ value }) => value !== keys[0]?.value);
  if (other !== undefined) {
    draft.warnings.push(
      `environment: ${other.name}: another key than ${keys[0]?.name ?? ''} for the same server: the latter counts for all`,
    );
  }
  return keys[0];
}
