import type { CheckedProvider } from './check-providers.ts';
import { NO_NODE, type SeedOptions, type SeededType } from './seed-type.ts';

/** The result of `laneway seed`. */
export interface SeedReport {
  readonly dry_run: boolean;
  readonly generation: number;
  /** The types that were set, or in a dry run would be. */
  readonly changed: readonly string[];
  readonly providers: readonly CheckedProvider[];
  readonly types: readonly SeededType[];
  /** Command lines: what to try now, or what helps. */
  readonly next: readonly string[];
}

/** What a report is made of. */
export interface Outcome {
  readonly url: string;
  /** The option of a command line that reaches the same gateway: ` --url http://box.lan:4600`, or nothing. */
  readonly urlOption: string;
  /** How a shell writes the token; null: there is none. */
  readonly tokenShell: string | null;
  readonly generation: number;
  readonly providers: readonly CheckedProvider[];
  readonly types: readonly SeededType[];
  readonly options: SeedOptions;
}

/** Has anything been set up, now or before? */
export function isSetUp({ types }: Pick<SeedReport, 'types'>): boolean {
  return types.some(({ result }) => result !== 'skipped');
}

/** Puts the report together. */
export function reportOf(outcome: Outcome): SeedReport {
  const { generation, providers, types, options } = outcome;
  const changed = types.filter(({ result }) => result === 'set').map((each) => each.interaction_type);
  const next = !isSetUp(outcome)
    ? remedies(outcome)
    : options.dryRun && changed.length > 0
      ? [`laneway seed${flagsOf(options)}${outcome.urlOption}`]
      : trials(outcome);
  return { dry_run: options.dryRun, generation, changed, providers, types, next };
}

function flagsOf({ preflight, force }: SeedOptions): string {
  return `${preflight ? ' --preflight' : ''}${force ? ' --force' : ''}`;
}

/** How to try the first type that is set up. */
function trials({ types, url, urlOption, tokenShell }: Outcome): string[] {
  const name = types.find(({ result }) => result !== 'skipped')?.interaction_type ?? '';
  const [path, body] =
    name === 'embeddings'
      ? ['embeddings', { model: name, input: 'Hello' }]
      : ['chat/completions', { model: name, messages: [{ role: 'user', content: 'Hello' }] }];
  const token = tokenShell === null ? '' : ` -H "authorization: Bearer ${tokenShell}"`;
  return [
    `laneway explain ${name}${urlOption}`,
    `curl ${url}/v1/${path}${token} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`,
  ];
}

/** How to get the nodes, or a usable provider. */
function remedies({ providers, types, urlOption }: Outcome): string[] {
  if (types.every(({ why }) => why === NO_NODE)) {
    return [`laneway profiles activate interaction-types${urlOption}`];
  }
  const waiting = providers.find((each) => each.missing_variable !== null);
  const verb = waiting === undefined ? 'add openai --type openai' : `update ${waiting.id}`;
  return [`laneway providers ${verb} --key-stdin${urlOption}`];
}
