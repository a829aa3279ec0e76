import type { ProviderRow } from './start-table.ts';

/** State of a provider shortly after the start. */
export interface FoundProvider {
  readonly name: string;
  readonly baseUrl: string;
  /** How to provide a missing key; null when no key is missing. */
  readonly missingKey: string | null;
  /** Whether the server answered; null before the first probe has finished. */
  readonly answered: boolean | null;
  /** Why it cannot be used; null when no problem is known. */
  readonly problem: string | null;
  /** The server answered without a model list. */
  readonly noList: boolean;
  /** Ids of the models that it lists. */
  readonly models: readonly string[];
}

const SHOWN_MODELS = 3;
const NO_MODEL_LIST = 'no model list';

/** The row of a provider in the start table. */
export function providerRow(provider: FoundProvider): ProviderRow {
  const { name, baseUrl, missingKey, answered, problem, noList, models } = provider;
  if (missingKey !== null) return { name, baseUrl, status: `no key: ${missingKey}`, reachable: false };
  if (problem !== null) return { name, baseUrl, status: problem, reachable: false };
  if (answered !== true) return { name, baseUrl, status: 'not probed yet', reachable: false };
  if (noList) return { name, baseUrl, status: NO_MODEL_LIST, reachable: true };
  const shown = models.slice(0, SHOWN_MODELS);
  const more = models.length > shown.length ? `, ${models.length - shown.length} more` : '';
  return {
    name,
    baseUrl,
    status: models.length === 0 ? 'no models' : shown.join(', ') + more,
    reachable: true,
  };
}

/** Next steps when no provider is reachable. */
export const NO_PROVIDER_ADVICE = [
  'No provider is reachable yet. Either',
  '  start an engine, e.g. llama-server -m MODEL.gguf --port 8080; it is picked up within seconds, or',
  '  put a key into .env, e.g. OPENAI_API_KEY=..., and restart or POST /api/debug/config/reload, or',
  '  run npm run demo for practice models that need neither.',
];
