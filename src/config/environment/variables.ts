import { nearest } from '../../util/nearest.ts';

/** The variables of a process, as `process.env` gives them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable that is set to something. */
export interface Variable {
  /** The name as it is set, so that people find it and `env:NAME` reaches it. */
  readonly name: string;
  /** Without the space around it; never empty. */
  readonly value: string;
}

/** Settings of the process: read by `readEnvironment` under these names alone. */
const PROCESS_NAMES = [
  'ADMIN_TOKEN',
  'ALLOWED_HOSTS',
  'ALLOWED_ORIGINS',
  'CLIENT_KEYS',
  'CONFIG_DIR',
  'DATA_DIR',
  'HOST',
  'MASTER_KEY',
  'MAX_BODY_MIB',
  'PORT',
];
/** Read by the repository's own tests. */
const TEST_NAMES = ['ENGINES_DIR', 'TEST_PYTHON'];

/** `LANEWAY_LLM_…`: one server for everything that names no other. */
export const LLM_NAMES = ['BASE_URL', 'MODEL', 'BACKEND', 'API_KEY', 'DEFAULT_LANE'] as const;
/** `LANEWAY_LANE_<LANE>_…`; a longer name stands before one that is its end. */
export const LANE_NAMES = ['MODEL_PATH', 'API_KEY', 'URL', 'MODEL', 'BACKEND'] as const;
/** `LANEWAY_PROVIDER_<ID>_…`. */
export const PROVIDER_NAMES = ['URL', 'KEY'] as const;

/** A name in the one form of variables: capitals, and `_` for all that is neither letter nor digit. */
export function inVariables(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** The configuration's variables by their name without prefix: `LANE_CODER_URL`. */
export type PrefixedVariables = ReadonlyMap<string, Variable>;

/** Finds `LANEWAY_…` and `ARGOS_…`; an empty variable counts as unset, and the first prefix wins over the other. */
export function readPrefixed(variables: Variables): {
  readonly found: PrefixedVariables;
  readonly notes: readonly string[];
} {
  const found = new Map<string, Variable>();
  const hidden: string[] = [];
  for (const prefix of ['LANEWAY_', 'ARGOS_']) {
    for (const variable of allSet(variables)) {
      const name = inVariables(variable.name);
      if (!name.startsWith(prefix)) continue;
      const rest = name.slice(prefix.length);
      if (!/^(LANE|LLM|PROVIDER)_/.test(rest)) continue;
      if (!found.has(rest)) found.set(rest, variable);
      else if (prefix === 'ARGOS_') hidden.push(variable.name);
    }
  }
  const notes =
    hidden.length === 0
      ? []
      : [`LANEWAY_ wins over ARGOS_ where both are set: ${hidden.join(', ')} without effect`];
  return { found, notes };
}

function allSet(variables: Variables): Variable[] {
  return Object.entries(variables).flatMap(([name, text]) => {
    const value = text?.trim() ?? '';
    return value === '' ? [] : [{ name, value }];
  });
}

/** Names that a variable may hold a part of. */
export interface KnownNames {
  readonly lanes: readonly string[];
  readonly providers: readonly string[];
}

/**
 * One line for each `LANEWAY_` or `ARGOS_` variable that nothing reads. Another program's installation may have
 * `ARGOS_` variables of its own: of those only what looks like a lane's, the LLM's or a provider's is named.
 */
export function misspeltVariables(variables: Variables, known: KnownNames): string[] {
  const rests = new Set([
    ...LLM_NAMES.map((name) => `LLM_${name}`),
    ...known.lanes.flatMap((lane) => LANE_NAMES.map((name) => `LANE_${inVariables(lane)}_${name}`)),
    ...known.providers.flatMap((id) => PROVIDER_NAMES.map((name) => `PROVIDER_${inVariables(id)}_${name}`)),
  ]);
  return allSet(variables).flatMap(({ name }) => {
    const [prefix] = /^(LANEWAY|ARGOS)_/.exec(inVariables(name)) ?? [];
    if (prefix === undefined) return [];
    const rest = inVariables(name).slice(prefix.length);
    if (rests.has(rest)) return [];
    const own = prefix === 'LANEWAY_' ? [...PROCESS_NAMES, ...TEST_NAMES] : [];
    if (own.includes(rest) && name === prefix + rest) return [];
    if (prefix === 'ARGOS_' && nearest(rest.replace(/_.*/, ''), ['LANE', 'LLM', 'PROVIDER'], 1).length === 0)
      return [];
    return [`environment: ${name}: ${complaint(prefix, rest, [...rests, ...own], known)}`];
  });
}

const LANE_VARIABLE = /^LANE_(?<name>.+?)_(?<ending>MODEL_PATH|API_KEY|URL|MODEL|BACKEND)$/;
const PROVIDER_VARIABLE = /^PROVIDER_(?<name>.+)_(?<ending>URL|KEY)$/;

function complaint(prefix: string, rest: string, names: readonly string[], known: KnownNames): string {
  const isLane = LANE_VARIABLE.test(rest);
  const { name, ending } = (isLane ? LANE_VARIABLE : PROVIDER_VARIABLE).exec(rest)?.groups ?? {};
  if (name === undefined || ending === undefined) {
    const [near] = nearest(rest, names, 1);
    return near === undefined
      ? 'no variable of this name is read'
      : `unknown; did you mean ${prefix}${near}?`;
  }
  const candidates = isLane ? known.lanes : known.providers;
  const none = `there is no ${isLane ? 'lane' : 'provider'} "${name.toLowerCase()}"`;
  const [near] = nearest(name, candidates, 1);
  if (near === undefined) return `${none}; there are ${candidates.join(', ')}`;
  return `${none}; did you mean ${prefix}${isLane ? 'LANE' : 'PROVIDER'}_${inVariables(near)}_${ending}?`;
}
