import { failureOf, inWords } from '../protocol/failure.ts';
import { noKey } from '../protocol/missing-key.ts';
import type { ProviderCheckResult } from '../protocol/provider-check.ts';
import { systemClock } from '../util/clock.ts';
import { buildProvider, readReferences, type ConfiguredProvider } from './build-providers.ts';
import type { ProviderType } from './provider-type.ts';
import { failureOfProbe, mayLackList, ProbeError, type Listing, type ProviderSettings } from './provider.ts';

/** The share of the whole wait that a connection may take, so that a slow connection and a slow reply differ. */
const CONNECT_SHARE = 0.8;

/** How providers are checked. */
export interface CheckOptions {
  readonly types: readonly ProviderType[];
  /** The current value of an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** The clock of this machine, in ms since 1970. */
  readonly now: () => number;
  /** Longest wait for each server, in ms. */
  readonly timeoutMs: number;
}

/**
 * Reads the model lists of the enabled providers once, without a gateway: the same connections, proxies and words as in
 * one. A stored secret counts as missing. Never rejects, and leaves no socket open.
 */
export async function checkProviders(
  configured: Readonly<Record<string, ConfiguredProvider>>,
  options: CheckOptions,
): Promise<readonly ProviderCheckResult[]> {
  const checks = Object.entries(configured).flatMap(([id, provider]) => {
    const type = options.types.find(({ settings }) => settings.type === provider.type);
    return provider.enabled && type !== undefined ? [checkProvider(id, provider, type, options)] : [];
  });
  return Promise.all(checks);
}

async function checkProvider(
  id: string,
  configured: ConfiguredProvider,
  type: ProviderType,
  { variable, now, timeoutMs }: CheckOptions,
): Promise<ProviderCheckResult> {
  let clockAheadMs: number | null = null;
  const noting = notingDates(type, (date) => {
    clockAheadMs = date - now();
  });
  const references = readReferences(configured, type, { variable, secret: () => undefined });
  const { missingKey } = references;
  if (missingKey !== null) {
    const error = { code: 'needs_key', message: `${configured.name} has ${noKey(missingKey)}` };
    return { id, error, models: null, listIsComplete: false, clockAheadMs };
  }
  const provider = buildProvider(id, configured, noting, references, timeoutMs * CONNECT_SHARE, systemClock);
  try {
    const listing = await provider.list(AbortSignal.timeout(timeoutMs));
    return { id, error: null, ...listed(listing, provider.settings), clockAheadMs };
  } catch (thrown) {
    const unlisted = { models: null, listIsComplete: false, clockAheadMs };
    if (thrown instanceof ProbeError && mayLackList(thrown, provider))
      return { id, error: null, ...unlisted };
    const failure =
      thrown instanceof ProbeError
        ? failureOfProbe(thrown, provider)
        : failureOf('malformed', 'upstream_malformed', 'sent an invalid model list');
    const error = { code: failure.code, message: `${configured.name} ${inWords(failure)}` };
    return { id, error, ...unlisted };
  } finally {
    await provider.destroy();
  }
}

/** The type, with a function that is called with the `Date` of each reply, in ms since 1970. */
function notingDates(type: ProviderType, onDate: (date: number) => void): ProviderType {
  return {
    ...type,
    list: (connection, signal) =>
      type.list(
        {
          ...connection,
          fetch: async (input, init) => {
            const reply = await connection.fetch(input, init);
            const date = Date.parse(reply.headers.get('date') ?? '');
            if (!Number.isNaN(date)) onDate(date);
            return reply;
          },
        },
        signal,
      ),
  };
}

function listed(
  { models, singleModel, settings: detected }: Listing,
  configured: ProviderSettings,
): Pick<ProviderCheckResult, 'models' | 'listIsComplete'> {
  const { completeList, answersAnyName } = detected ?? configured;
  return {
    models: models.map(({ id, kind, status, capabilities }) => ({
      ...{ id, kind, status },
      contextLength: capabilities.context_length ?? null,
    })),
    listIsComplete: !singleModel && (completeList || answersAnyName),
  };
}
