import { noKey } from '../protocol/missing-key.ts';
import { DEMO_COMMAND } from '../util/demo-command.ts';
import { STARTED_HERE } from './output/address-text.ts';
import type { ProviderRow } from './start-table.ts';

/** State of a provider shortly after the start. */
export interface FoundProvider {
  readonly name: string;
  readonly baseUrl: string;
  /** Laneway starts its servers itself (`engine.command`), so that nothing is at `baseUrl`. Absent: it has one server. */
  readonly startedHere?: boolean;
  /** `"enabled": false`: it is never called. Absent: it is enabled. */
  readonly disabled?: boolean;
  /** It is not local, and no lane or node may use such providers. Absent: it may be used. */
  readonly cloudForbidden?: boolean;
  /** How to provide a missing key; null when no key is missing. */
  readonly missingKey: string | null;
  /** Whether the server answered; null before the first probe has finished. */
  readonly answered: boolean | null;
  /** Why it cannot be used; null when no problem is known. */
  readonly problem: string | null;
  /** It refused its key: what to do, `check GROQ_API_KEY`; null or absent: it did not. */
  readonly refusedKey?: string | null;
  /** The server answered without a model list. */
  readonly noList: boolean;
  /** A server of its type always has a list. Absent: it may have none. */
  readonly alwaysLists?: boolean;
  /** Models in its folder of files, listed or not. Absent: none. */
  readonly files?: number;
  /** Ids of the models that it lists. */
  readonly models: readonly string[];
}

const SHOWN_MODELS = 3;
const CLOUD_FORBIDDEN = 'excluded: "defaults": {"cloud": false}';
const NO_MODEL_LIST = 'no model list; check base_url if its chats fail';
const LIST_MISSING = 'no model list: check base_url';

/** The row of a provider in the start table. */
export function providerRow(provider: FoundProvider): ProviderRow {
  const { name, missingKey, answered, problem, noList, models, refusedKey = null } = provider;
  const baseUrl = provider.startedHere === true ? STARTED_HERE : provider.baseUrl;
  if (provider.disabled === true) return { name, baseUrl, status: 'disabled', reachable: false };
  if (provider.cloudForbidden === true) return { name, baseUrl, status: CLOUD_FORBIDDEN, reachable: false };
  if (missingKey !== null) return { name, baseUrl, status: noKey(missingKey), reachable: false };
  if (problem !== null) {
    const status = refusedKey === null ? problem : `${problem}: ${refusedKey}`;
    return { name, baseUrl, status: status + filesNote(provider), reachable: false };
  }
  if (answered !== true) return { name, baseUrl, status: 'not probed yet', reachable: false };
  if (isListMissing(provider)) return { name, baseUrl, status: LIST_MISSING, reachable: false };
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

function filesNote({ files = 0 }: FoundProvider): string {
  return files === 0 ? '' : `; ${files} ${files === 1 ? 'model' : 'models'} in models_dir`;
}

/** Without the list that every server of its type has, the address is probably wrong. */
function isListMissing({ noList, alwaysLists = false }: FoundProvider): boolean {
  return noList && alwaysLists;
}

/**
 * Next steps when no provider can be used: the first lines depend on why. null when one can. `key` is the variable of a
 * key that would make one usable; null: no key would. `dotEnv` is the path of `.env`.
 */
export function startAdvice(
  providers: readonly FoundProvider[],
  key: string | null,
  dotEnv = '.env',
): readonly string[] | null {
  const answering = providers.filter(
    ({ missingKey, answered, cloudForbidden }) =>
      missingKey === null && answered === true && cloudForbidden !== true,
  );
  const ways = waysOut(key, dotEnv);
  const fine = answering.filter((provider) => provider.problem === null && !isListMissing(provider));
  // A server without a model list counts: what the configuration names is requested of it.
  if (fine.some(({ noList, models }) => noList || models.length > 0)) return null;
  const refused = answering.filter(({ refusedKey = null }) => refusedKey !== null);
  const faulty = [
    ...refused.map(
      ({ name, refusedKey, problem }) => `  ${refusedKey ?? ''}: ${name} ${problem ?? 'refused it'}, or`,
    ),
    ...answering
      .filter((provider) => provider.problem === null && isListMissing(provider))
      .map(({ name }) => `  check the base_url of ${name}, which has no model list there, or`),
  ];
  if (faulty.length > 0) return ['No provider is usable yet. Either', ...faulty, ...ways];
  if (fine.length > 0) {
    const names = fine.map(({ name }) => name).join(', ');
    return ['No model is available yet. Either', `  install a model in ${names}, or`, ...ways];
  }
  return ['No provider is reachable yet. Either', ...ways];
}

function waysOut(key: string | null, dotEnv: string): string[] {
  const engine =
    '  start an engine, e.g. llama-server -m MODEL.gguf --port 8080; it is picked up within seconds, or';
  if (key === null) return [engine, `  run ${DEMO_COMMAND} for practice models that need none.`];
  return [
    engine,
    `  put a key into ${dotEnv}, e.g. ${key}=..., and restart or POST /api/debug/config/reload, or`,
    `  run ${DEMO_COMMAND} for practice models that need neither.`,
  ];
}
