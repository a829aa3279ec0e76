import type { ProviderRow } from './start-table.ts';

/** What is known of a provider shortly after the start. */
export interface FoundProvider {
  readonly name: string;
  readonly baseUrl: string;
  /** What to do about a missing key; null when usable. */
  readonly missingKey: string | null;
  /** The server answered; null while it was not heard of. */
  readonly answered: boolean | null;
  /** Why it cannot be used, in words; null when nothing speaks against it. */
  readonly trouble: string | null;
  /** Ids of the models that its list names. */
  readonly models: readonly string[];
}

const SHOWN_MODELS = 3;

/** One provider as a line of the start table. */
export function providerRow(provider: FoundProvider): ProviderRow {
  const { name, baseUrl, missingKey, answered, trouble, models } = provider;
  if (missingKey !== null) return { name, baseUrl, standing: `no key: ${missingKey}`, reachable: false };
  if (trouble !== null) return { name, baseUrl, standing: trouble, reachable: false };
  if (answered !== true) return { name, baseUrl, standing: 'not heard of yet', reachable: false };
  const shown = models.slice(0, SHOWN_MODELS);
  const more = models.length > shown.length ? `, ${models.length - shown.length} more` : '';
  return {
    name,
    baseUrl,
    standing: models.length === 0 ? 'no models' : shown.join(', ') + more,
    reachable: true,
  };
}

/** What to do when no provider answers. */
export const NOTHING_FOUND = [
  'Nothing above answers yet. Either',
  '  start an engine, e.g. llama-server -m MODEL.gguf --port 8080; it is picked up within seconds, or',
  '  put a key into .env, e.g. OPENAI_API_KEY=..., and start again or POST /api/debug/config/reload, or',
  '  run npm run demo for practice models that need neither.',
];
