import type { Config } from '../config/config.ts';
import { distance, nearest } from '../util/nearest.ts';

const ASSIGNMENT = /^\s*(?:export\s+)?(?<name>[A-Za-z_][\w.-]*)\s*=\s*(?<mark>["'`]?)(?<rest>.*)$/;
/** A line inside a quoted value that was meant as an assignment; the padding of base64 is none. */
const SWALLOWED = /^\s*(?:export\s+)?[A-Z][A-Z0-9_]*\s*=(?!=|\s*$)/;
/** Upper case only: anything else may be part of a key, and is not shown. */
const COLON = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*:/;
/** The end of a variable with a key. */
const KEY_ENDING = /_?(?:API|SECRET|ACCESS)?_?(?:KEY|TOKEN)$/;

/** What the configuration expects of the environment. */
export interface ExpectedKeys {
  /** Variables that enabled providers name as `env:NAME`. */
  readonly named: readonly string[];
  /** Whether a variable has a value. */
  readonly isSet: (name: string) => boolean;
}

/** The variables that the enabled providers name. */
export function namedVariables({ providers }: Pick<Config, 'providers'>): string[] {
  const values = Object.values(providers).flatMap(({ enabled, api_key, headers }) =>
    enabled ? [api_key ?? '', ...Object.values(headers)] : [],
  );
  return values.flatMap((value) => (value.startsWith('env:') ? [value.slice('env:'.length)] : []));
}

/**
 * One line for each line of `.env` (its text) that `util.parseEnv` of Node reads otherwise than it was meant, and for
 * each key under a name that no provider uses but that resembles one without a value. Values are never shown.
 */
export function dotEnvWarnings(text: string, keys: ExpectedKeys): string[] {
  const lines = text.split(/\r?\n/);
  const warnings: string[] = [];
  const warn = (index: number, message: string): void =>
    void warnings.push(`.env, line ${index + 1}: ${message}`);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (/^\s*(?:#|$)/.test(line)) continue;
    const groups = ASSIGNMENT.exec(line)?.groups;
    if (groups === undefined) {
      warn(index, noAssignment(line));
      continue;
    }
    const { name = '', mark = '', rest = '' } = groups;
    const near = resembled(name, keys);
    if (near !== null) warn(index, `no provider uses ${name}; did you mean ${near}?`);
    if (mark === '' || rest.includes(mark)) continue;
    const end = lines.findIndex((later, at) => at > index && later.includes(mark));
    const inside = lines.slice(index + 1, end + 1);
    if (end === -1 || inside.some((each) => SWALLOWED.test(each)))
      warn(index, `the quote after ${name}= is not closed on this line; close it, or remove it`);
    if (end !== -1) index = end;
  }
  return warnings;
}

function noAssignment(line: string): string {
  const name = COLON.exec(line)?.[1];
  const fix =
    name === undefined ? 'write NAME=value, or # before a comment' : `write ${name}= instead of ${name}:`;
  return `not read, because it is no assignment; ${fix}`;
}

/** The variable without a value that a key's name resembles; null for other names, and names that are used. */
export function resembled(name: string, { named, isSet }: ExpectedKeys): string | null {
  if (named.includes(name)) return null;
  const missing = named.filter((each) => !isSet(each));
  if (!KEY_ENDING.test(name)) return missing.find((each) => isSlip(name, each)) ?? null;
  const stem = name.replace(KEY_ENDING, '');
  const same = missing.find((each) => each.replace(KEY_ENDING, '') === stem);
  if (same !== undefined) return same;
  const alike = missing.filter((each) => Math.abs(each.length - name.length) <= 1);
  const [near] = nearest(
    stem,
    alike.map((each) => each.replace(KEY_ENDING, '')),
    1,
  );
  return alike.find((each) => each.replace(KEY_ENDING, '') === near) ?? null;
}

/** One wrong, missing or doubled letter: `OPENAI_API_KY`. A name such as `OPENAI_API_BASE` has its own meaning. */
function isSlip(name: string, meant: string): boolean {
  return distance(name.toUpperCase(), meant.toUpperCase(), 1) !== null;
}
