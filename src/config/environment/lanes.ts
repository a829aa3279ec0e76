import { addressKey, type EnvironmentDraft, type EnvironmentTarget } from './draft.ts';
import { variableCase, LANE_NAMES, type PrefixedVariables, type Variable } from './variables.ts';

/** Provider types by the backend names used in variables. */
const BACKENDS: Readonly<Record<string, string>> = {
  openai: 'openai_compatible',
  vllm: 'vllm',
  llama_cpp: 'llamacpp',
};

/** The type of a server that is probed for its kind; backends are never guessed from a port. */
const DETECT = 'detect';

/** What the variables of one lane, or the `LLM_…` variables, request. */
interface Claim {
  readonly lane: string;
  /** Comes from `LLM_…`, which is weaker than variables of the same lane. */
  readonly isLlm: boolean;
  readonly url: Variable;
  readonly model: Variable | undefined;
  readonly backend: Variable | undefined;
  readonly modelPath: Variable | undefined;
  readonly apiKey: Variable | undefined;
}

/** Reports a fault of a variable. */
export type ReportVariable = (variable: Variable, message: string) => void;

/**
 * Puts one target first in the chain of each lane that variables refer to. A server is the configured provider at its
 * address, or a new provider.
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
      // Without a model of its own the lane uses that of `LLM_…`, if both refer to the same server.
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
  const prefix = `LANE_${variableCase(lane)}_`;
  const [modelPath, apiKey, ownUrl, model, backend] = LANE_NAMES.map((name) => variables.get(prefix + name));
  const url = ownUrl ?? (model === undefined ? undefined : llmUrl);
  if (url !== undefined) return { lane, isLlm: false, url, model, backend, modelPath, apiKey };
  withoutEffect(draft, [model], `${prefix}URL or LLM_BASE_URL`);
  const others = llmUrl === undefined ? '' : ` or ${prefix}MODEL`;
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
    draft.warnings.push(`environment: ${variable.name}: ignored, because it needs ${missing}`);
  }
}

/** The id of the provider for the claims on one address; adds it to the draft if it is new. */
function providerFor(draft: EnvironmentDraft, claims: readonly Claim[], report: ReportVariable): string {
  const [first] = claims;
  if (first === undefined) throw new Error('no claims for this server');
  const { url } = first;
  const backend = backendOf(draft, claims, report);
  const configured = draft.atAddress(url.value);
  const id = configured ?? newId(claims);
  if (configured === null) {
    if (draft.providerIds.includes(id)) {
      report(
        url,
        `needs a new provider "${id}", but a file defines a provider with that id and another address; rename that provider`,
      );
    }
    const hasPath = claims.some(({ modelPath }) => modelPath !== undefined);
    draft.set(id, 'type', backend?.type ?? (hasPath ? 'llamacpp' : DETECT), backend?.variable ?? url);
    draft.setAddress(id, url.value, url);
  } else {
    if (backend !== null) correctType(draft, id, backend, url);
    if (draft.get(id, 'enabled') === false) {
      draft.warnings.push(
        `environment: ${url.name}: refers to provider "${id}", which is disabled ("enabled": false)`,
      );
    }
  }
  const key = keyOf(draft, claims);
  if (key !== undefined) draft.setKey(id, key);
  return id;
}

function newId(claims: readonly Claim[]): string {
  const [first] = claims;
  // Claims are in alphabetical order of their lanes; an id has at most 64 characters.
  return first === undefined || claims.some(({ isLlm }) => isLlm) ? 'env' : `env-${first.lane}`.slice(0, 64);
}

interface Backend {
  readonly type: string;
  readonly variable: Variable;
}

/** The backend given for a server; null when there is none or when lanes contradict each other. */
function backendOf(
  draft: EnvironmentDraft,
  claims: readonly Claim[],
  report: ReportVariable,
): Backend | null {
  const stated: Backend[] = [];
  for (const { backend: variable } of claims) {
    if (variable === undefined) continue;
    // `llamacpp` is the name of the type in files.
    const word = variable.value
      .toLowerCase()
      .replaceAll(/[-. ]/g, '_')
      .replace(/^llamacpp$/, 'llama_cpp');
    const type = Object.hasOwn(BACKENDS, word) ? BACKENDS[word] : undefined;
    if (type === undefined) report(variable, `unknown backend; known: ${Object.keys(BACKENDS).join(', ')}`);
    else stated.push({ type, variable });
  }
  const [first] = stated;
  const other = stated.find(({ type }) => type !== first?.type);
  if (first === undefined || other === undefined) return first ?? null;
  draft.warnings.push(
    `environment: ${other.variable.name}: contradicts ${first.variable.name} for the same server; both are ignored`,
  );
  return null;
}

/** The environment overrides the type of a configured server, except for `openai`, which only names the protocol. */
function correctType(draft: EnvironmentDraft, id: string, { type, variable }: Backend, url: Variable): void {
  const written = draft.get(id, 'type');
  const was = typeof written === 'string' ? written : '';
  if (type === BACKENDS['openai'] || type === was) return;
  draft.set(id, 'type', type, variable);
  // Pins an address that came from the default of the previous type; otherwise it would change with the type.
  if (draft.get(id, 'base_url') === undefined) draft.setAddress(id, url.value, url);
  draft.notes.push(
    `environment: ${variable.name}: changes the type of provider "${id}" from ${was} to ${type}`,
  );
}

function keyOf(draft: EnvironmentDraft, claims: readonly Claim[]): Variable | undefined {
  const keys = claims.flatMap(({ apiKey }) => apiKey ?? []);
  const other = keys.find(({ value }) => value !== keys[0]?.value);
  if (other !== undefined) {
    draft.warnings.push(
      `environment: ${other.name}: differs from ${keys[0]?.name ?? ''} for the same server; the latter is used for all lanes`,
    );
  }
  return keys[0];
}
