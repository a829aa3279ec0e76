import { lookup } from 'node:dns/promises';
import { refusedKeyAdvice, REQUIRES_KEY } from '../../../protocol/missing-key.ts';
import { hostKind } from '../../../util/network-address.ts';
import { splitAdvice } from '../advice.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import { isNoAnswer, isUsable, type ProviderState } from '../provider-state.ts';

/** Does each provider accept its key, and can it be reached: DNS, TLS, proxies? */
export const providersCheck: Check = {
  name: 'providers',
  run: async ({ providers, files, gateway }) => {
    // Without a gateway stored keys cannot be read.
    const isStored = ({ keyFrom }: ProviderState): boolean =>
      gateway === null && keyFrom?.startsWith('secret:') === true;
    const enabled = providers.filter((each) => each.enabled && !isStored(each));
    // Names are looked up here as the gateway of this machine does.
    const isHere = files !== null;
    const findings = await Promise.all(
      enabled.map(async (each) => (isHere ? await lookupFinding(each) : null) ?? findingsOf(each)),
    );
    return [...notChecked(enabled), ...findings.flat()];
  },
};

/** Longest wait for the lookup of a name, in ms. */
const LOOKUP_MS = 2_000;

/** A server that did not accept a connection in time: perhaps its name was not even looked up by then; null: it was. */
async function lookupFinding(provider: ProviderState): Promise<Finding[] | null> {
  const { error, baseUrl } = provider;
  const isLate = error !== null && /^upstream_(?:connect_)?timeout$/.test(error.code);
  const host = URL.parse(baseUrl)?.hostname ?? '';
  if (!isLate || isProxyProblem(provider) || hostKind(host) !== 'name') return null;
  const isFound = await Promise.race([
    lookup(host).catch(() => null),
    new Promise<null>((resolve) => setTimeout(resolve, LOOKUP_MS, null).unref()),
  ]);
  if (isFound !== null) return null;
  return [
    dnsFinding(
      provider,
      `${provider.name} was not reached: its name was not found within ${LOOKUP_MS / 1000} s`,
    ),
  ];
}

function dnsFinding({ id, baseUrl }: ProviderState, found: string): Finding {
  const host = URL.parse(baseUrl)?.hostname ?? baseUrl;
  const fix = `correct "base_url" of ${id}, or let the machine of the gateway resolve the name (getent hosts ${host} shows whether it does)`;
  return fault('dns', `${found}: ${host}`, fix);
}

/** One finding for all, which have the same reason. */
function notChecked(providers: readonly ProviderState[]): Finding[] {
  const left = providers.filter(({ error }) => error?.code === 'not_checked');
  const why = left[0]?.error?.message.replace(/^.*? was not checked: /, '');
  if (why === undefined) return [];
  const found = `${left.map(({ id }) => id).join(', ')} could not be checked: ${why}`;
  return [warning('not_checked', found, 'run laneway doctor again, once the other faults are fixed')];
}

/** Whether a proxy keeps a provider from being called. */
export function isProxyProblem({ error }: Pick<ProviderState, 'error'>): boolean {
  return error !== null && /\bproxy\b|https_proxy/i.test(error.message);
}

/** Codes of servers that answered, but not now. */
const LIMITED = ['upstream_rate_limited', 'insufficient_quota', 'upstream_busy', 'model_loading'];

function findingsOf(provider: ProviderState): Finding[] {
  const { id, local, error } = provider;
  if (error === null) return local || !isUsable(provider) ? [] : [ok(`${id} answers, and accepts its key`)];
  if (error.code === 'not_checked') return [];
  if (error.code === 'needs_key') return missingKey(provider, error.message);
  const { found, fix } = splitAdvice(error.message);
  if (isProxyProblem(provider)) {
    return [fault('proxy', found, fix ?? 'correct HTTPS_PROXY, or add the host of the provider to NO_PROXY')];
  }
  if (local && isNoAnswer(error)) return [];
  return [findingOf(provider, error.code, { found, fix })];
}

function findingOf(
  provider: ProviderState,
  code: string,
  { found, fix }: { readonly found: string; readonly fix: string | null },
): Finding {
  const { id, name, baseUrl, isOwn, local } = provider;
  if (code === 'upstream_auth') return fault('key_refused', found, fixKey(provider, found));
  if (code === 'upstream_dns') return dnsFinding(provider, found);
  if (code === 'upstream_tls') {
    return fault('tls', `${found}, at ${baseUrl}`, fix ?? `correct "base_url" or the certificate of ${name}`);
  }
  if (LIMITED.includes(code))
    return warning('provider_limited', found, fix ?? 'wait, or add other providers');
  const advice = `check that ${baseUrl} is the address of ${name}, and its log`;
  // Another program may have the port of a shipped provider that is not used.
  const make = isOwn || !local ? fault : warning;
  return make('provider_unusable', `${found} (${id}, ${baseUrl})`, fix ?? advice);
}

function fixKey({ id, name, keyFrom }: ProviderState, found: string): string {
  const variable = keyFrom?.startsWith('env:') === true ? keyFrom.slice('env:'.length) : null;
  if (variable !== null) {
    return `${refusedKeyAdvice(name, variable, found)}: complete, without quotes that belong to it, of this vendor; then reload or restart`;
  }
  if (found.includes(REQUIRES_KEY)) return `give it a key: "api_key": "env:VARIABLE" in its provider`;
  return `store a new key: laneway secrets set ${keyFrom?.replace('secret:', '') ?? `provider:${id}`}`;
}

/** Providers without a key are not used; one that the operator has set up is probably meant to be. */
function missingKey({ isOwn }: ProviderState, message: string): Finding[] {
  const { found, fix } = splitAdvice(message);
  if (!isOwn) return [];
  const secret = /^set the secret "(.*)"$/.exec(fix ?? '')?.[1];
  const advice =
    secret === undefined
      ? `${fix ?? 'set its key'}, in .env or the environment`
      : `laneway secrets set ${secret}`;
  return [warning('no_key', found, advice)];
}
