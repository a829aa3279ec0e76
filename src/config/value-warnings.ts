import { distance, nearestAdvice } from '../util/nearest.ts';
import type { ConfigContent } from './effective.ts';
import { formatPath, quote, type Path } from './faults.ts';
import { valueAt } from './files/json.ts';
import type { Layer } from './layers.ts';
import { DEFAULT_POOL } from './schema/engine.ts';

/** Parameters of requests whose value is a number in every API. */
const NUMBERS = [
  ...['temperature', 'top_p', 'top_k', 'min_p', 'seed', 'max_tokens', 'max_completion_tokens'],
  ...['frequency_penalty', 'presence_penalty', 'repetition_penalty', 'top_logprobs', 'dimensions'],
];

/** Parameters for which a similar, unknown name is probably a misspelling. */
const MEANT = [
  ...NUMBERS,
  ...['reasoning_effort', 'response_format', 'tool_choice', 'parallel_tool_calls', 'service_tier'],
  ...['logit_bias', 'verbosity', 'thinking', 'chat_template_kwargs'],
];

/** Parameters of some servers that resemble others: vLLM, llama-server, KoboldCpp. */
const SIMILAR = ['top_a', 'top_n', 'min_tokens', 'min_keep', 'repeat_penalty', 'tool_choices'];

/** Shorter names resemble too many others. */
const SHORTEST = 4;

/** Seconds from which a deadline was probably meant in milliseconds; `total_s` may be a day. */
const LIKE_MILLISECONDS = { connect_s: 1_000, first_token_s: 10_000, idle_s: 10_000 } as const;

/** Lines for values of the operator's own files that are permitted, but probably not what was meant. */
export function valueWarnings(content: ConfigContent, layers: readonly Layer[]): string[] {
  const isOwn = (path: Path): boolean =>
    layers.findLast(({ values }) => valueAt(values, path) !== undefined)?.shipped === false;
  const { lanes, nodes, models, defaults, providers, pools } = content;
  const sections: Readonly<Record<string, Readonly<Record<string, HasParams>>>> = { lanes, nodes, models };
  const lines = Object.entries(sections).flatMap(([section, entries]) =>
    Object.entries(entries).flatMap(([name, { params }]) =>
      paramWarnings([section, name, 'params'], params, isOwn),
    ),
  );
  const places: [Path, ConfigContent['defaults']['deadlines']][] = [
    [['defaults', 'deadlines'], defaults.deadlines],
    ...Object.entries(lanes).map(([name, { deadlines }]): [Path, typeof deadlines] => [
      ['lanes', name, 'deadlines'],
      deadlines,
    ]),
  ];
  return [
    ...lines,
    ...places.flatMap(([path, deadlines]) => deadlineWarnings(path, deadlines, isOwn)),
    ...folderWarnings(providers),
    ...poolWarnings(providers, pools),
  ];
}

/** A pool that no provider names limits nothing. */
function poolWarnings(providers: ConfigContent['providers'], pools: ConfigContent['pools']): string[] {
  const used = new Set(Object.values(providers).map(({ pool }) => pool ?? DEFAULT_POOL));
  const configured = Object.keys(pools ?? {});
  const unused = configured
    .filter((name) => !used.has(name))
    .map(
      (name) =>
        `${formatPath(['pools', name])}: has no effect, because no provider uses it${nearestAdvice(name, used)}`,
    );
  return [...unused, ...misspeltPools(providers, configured)];
}

/** A pool without settings of its own is permitted; one whose name resembles another was probably meant to be that. */
function misspeltPools(providers: ConfigContent['providers'], configured: readonly string[]): string[] {
  const known = new Set([...configured, DEFAULT_POOL]);
  return Object.entries(providers).flatMap(([id, { pool }]) => {
    const advice = pool === undefined || known.has(pool) ? '' : nearestAdvice(pool, known);
    if (advice === '') return [];
    return [`${formatPath(['providers', id, 'pool'])}: no settings of a pool with this name${advice}`];
  });
}

/** Only llama-server serves GGUF files. */
function folderWarnings(providers: ConfigContent['providers']): string[] {
  return Object.entries(providers).flatMap(([id, { type, models_dir: folder }]) =>
    folder === undefined || type === 'llamacpp'
      ? []
      : [`${formatPath(['providers', id, 'models_dir'])}: has no effect: its type is ${type}, not llamacpp`],
  );
}

interface HasParams {
  readonly params: Readonly<Record<string, unknown>>;
}

type IsOwn = (path: Path) => boolean;

function paramWarnings(path: Path, params: Readonly<Record<string, unknown>>, isOwn: IsOwn): string[] {
  return Object.entries(params).flatMap(([key, value]) => {
    const here = [...path, key];
    if (!isOwn(here)) return [];
    if (NUMBERS.includes(key) && typeof value === 'string') {
      const fix = /^-?\d+(?:\.\d+)?$/.test(value) ? 'write it without quotes' : 'write a number';
      return [`${formatPath(here)}: is a string where servers expect a number; ${fix}`];
    }
    const meant = misspelt(key);
    return meant === null
      ? []
      : [`${formatPath(here)}: unknown parameter, sent as it is; did you mean ${quote(meant)}?`];
  });
}

/** The parameter that a name differs from in one or two letters; null for known names and all others. */
function misspelt(key: string): string | null {
  const word = key.toLowerCase();
  if (word.length < SHORTEST || [...MEANT, ...SIMILAR].includes(key)) return null;
  const allowed = word.length < 8 ? 1 : 2;
  return MEANT.find((known) => distance(word, known, allowed) !== null) ?? null;
}

function deadlineWarnings(
  path: Path,
  deadlines: ConfigContent['defaults']['deadlines'],
  isOwn: IsOwn,
): string[] {
  const lines: string[] = [];
  for (const [key, from] of Object.entries(LIKE_MILLISECONDS)) {
    const value = deadlines[key as keyof typeof LIKE_MILLISECONDS];
    if (value !== null && value >= from && isOwn([...path, key]))
      lines.push(
        `${formatPath([...path, key])}: ${value} seconds; if milliseconds were meant, write ${value / 1000}`,
      );
  }
  const { first_token_s: first, total_s: total } = deadlines;
  const isWritten = isOwn([...path, 'first_token_s']) || isOwn([...path, 'total_s']);
  if (first !== null && first > total && isWritten)
    lines.push(
      `${formatPath(path)}: first_token_s (${first}) is greater than total_s (${total}), which ends the request before; raise total_s`,
    );
  return lines;
}
