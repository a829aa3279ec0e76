import { nearest } from '../../util/nearest.ts';

/** Environment variables, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable with a value. */
export interface Variable {
  /** The name as it was set, so that messages and `env:NAME` refer to it. */
  readonly name: string;
  /** Trimmed; never empty. */
  readonly value: string;
}

/** Settings of the process, read by `readEnvironment` under exactly these names. */
const PROCESS_NAMES = [
  'ADMIN_TOKEN',
  'ALLOWED_HOSTS',
  'ALLOWED_ORIGINS',
  'CLIENT_KEYS',
  'OLLAMA_PORT',
  'CONFIG_DIR',
  'DATA_DIR',
  'HOST',
  'MASTER_KEY',
  'MAX_BODY_MIB',
  'LOG_FORMAT',
  'PORT',
  'URL',
];
/** Read by the tests. */
const TEST_NAMES = ['ENGINES_DIR', 'TEST_PYTHON'];

/** `LANEWAY_LLM_…`: the default server. */
export const LLM_NAMES = ['BASE_URL', 'MODEL', 'BACKEND', 'API_KEY', 'DEFAULT_LANE'] as const;
/** `LANEWAY_LANE_<LANE>_…`; a name precedes its own suffixes. */
export const LANE_NAMES = ['MODEL_PATH', 'API_KEY', 'URL', 'MODEL', 'BACKEND'] as const;
/** `LANEWAY_PROVIDER_<ID>_…`. */
export const PROVIDER_NAMES = ['URL', 'KEY'] as const;

/** A name in the spelling of variables: upper case, with `_` for everything but letters and digits. */
export function variableCase(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** Configuration variables by name without prefix: `LANE_CODER_URL`. */
export type PrefixedVariables = ReadonlyMap<string, Variable>;

/** Finds `LANEWAY_…` and `ARGOS_…` variables; empty ones count as unset, and `LANEWAY_` takes precedence. */
export function readPrefixed(variables: Variables): {
  readonly found: PrefixedVariables;
  readonly notes: readonly string[];
} {
  const found = new Map<string, Variable>();
  const hidden: string[] = [];
  for (const prefix of ['LANEWAY_', 'ARGOS_']) {
    for (const variable of allSet(variables)) {
      const name = variableCase(variable.name);
      if (!name.startsWith(prefix)) continue;
      const rest = name.slice(prefix.length);
      if (!/^(LANE|LLM|PROVIDER)_/.test(rest)) continue;
      if (!found.has(rest)) found.set(rest, variable);
      else if (prefix === 'ARGOS_') hidden.push(variable.name);
    }
  }
  const notes =
    hidden.length === 0 ? [] : [`LANEWAY_ takes precedence over ARGOS_; ignored: ${hidden.join(', ')}`];
  return { found, notes };
}

function allSet(variables: Variables): Variable[] {
  return Object.entries(variables).flatMap(([name, text]) => {
    const value = text?.trim() ?? '';
    return value === '' ? [] : [{ name, value }];
  });
}

/** Names that may occur in variable names. */
export interface KnownNames {
  readonly lanes: readonly string[];
  readonly providers: readonly string[];
}

/**
 * One line for each `LANEWAY_` or `ARGOS_` variable that is not read. Other programs may use `ARGOS_` variables, so of
 * these only names similar to those of lanes, the LLM or providers are reported.
 */
export function unknownVariableWarnings(variables: Variables, known: KnownNames): string[] {
  const rests = new Set([
    ...LLM_NAMES.map((name) => `LLM_${name}`),
    ...known.lanes.flatMap((lane) => LANE_NAMES.map((name) => `LANE_${variableCase(lane)}_${name}`)),
    ...known.providers.flatMap((id) => PROVIDER_NAMES.map((name) => `PROVIDER_${variableCase(id)}_${name}`)),
  ]);
  return allSet(variables).flatMap(({ name }) => {
    const [prefix] = /^(LANEWAY|ARGOS)_/.exec(variableCase(name)) ?? [];
    if (prefix === undefined) return [];
    const rest = variableCase(name).slice(prefix.length);
    if (rests.has(rest)) return [];
    const own = prefix === 'LANEWAY_' ? [...PROCESS_NAMES, ...TEST_NAMES] : [];
    if (own.includes(rest) && name === prefix + rest) return [];
    if (prefix === 'ARGOS_' && nearest(rest.replace(/_.*/, ''), ['LANE', 'LLM', 'PROVIDER'], 1).length === 0)
      return [];
    return [`environment: ${name}: ${unknownReason(prefix, rest, [...rests, ...own], known)}`];
  });
}

const LANE_VARIABLE = /^LANE_(?<name>.+?)_(?<ending>MODEL_PATH|API_KEY|URL|MODEL|BACKEND)$/;
const PROVIDER_VARIABLE = /^PROVIDER_(?<name>.+)_(?<ending>URL|KEY)$/;

/** Other words for the endings of variables, longest first. */
const ENDINGS: Readonly<Record<'LANE' | 'PROVIDER', readonly (readonly [RegExp, string])[]>> = {
  PROVIDER: [
    [/^(?:(?:API_)?BASE_)?(?:URL|URI)$|^API_BASE$|^ADDRESS$|^ENDPOINT$|^HOST$/, 'URL'],
    [/^(?:API_)?(?:KEY|TOKEN)$/, 'KEY'],
  ],
  LANE: [
    [/^(?:(?:API_)?BASE_)?(?:URL|URI)$|^API_BASE$|^ADDRESS$|^ENDPOINT$|^HOST$/, 'URL'],
    [/^(?:KEY|TOKEN|API_TOKEN)$/, 'API_KEY'],
  ],
};

/** The variable of a known provider or lane whose ending has another name: `PROVIDER_A_BASE_URL`; null for others. */
function otherEnding(rest: string, { lanes, providers }: KnownNames): string | null {
  for (const [kind, names] of [['LANE', lanes] as const, ['PROVIDER', providers] as const]) {
    for (const name of names) {
      const start = `${kind}_${variableCase(name)}_`;
      if (!rest.startsWith(start)) continue;
      const ending = ENDINGS[kind].find(([pattern]) => pattern.test(rest.slice(start.length)));
      if (ending !== undefined) return start + ending[1];
    }
  }
  return null;
}

function unknownReason(prefix: string, rest: string, names: readonly string[], known: KnownNames): string {
  const written = otherEnding(rest, known);
  if (written !== null) return `unknown variable; did you mean ${prefix}${written}?`;
  const isLane = LANE_VARIABLE.test(rest);
  const { name, ending } = (isLane ? LANE_VARIABLE : PROVIDER_VARIABLE).exec(rest)?.groups ?? {};
  if (name === undefined || ending === undefined) {
    const [near] = nearest(rest, names, 1);
    return near === undefined ? 'unknown variable' : `unknown variable; did you mean ${prefix}${near}?`;
  }
  const candidates = isLane ? known.lanes : known.providers;
  const unknown = `unknown ${isLane ? 'lane' : 'provider'} "${name.toLowerCase()}"`;
  const [near] = nearest(name, candidates, 1);
  if (near === undefined) return `${unknown}; known: ${candidates.join(', ')}`;
  return `${unknown}; did you mean ${prefix}${isLane ? 'LANE' : 'PROVIDER'}_${variableCase(near)}_${ending}?`;
}
