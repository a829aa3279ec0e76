import type { Variables } from '../../../config/environment/variables.ts';
import { ok, warning, type Check, type Finding } from '../check.ts';
import { isProxyProblem } from './providers.ts';

/** Variables by which other programs call http: addresses through a proxy. */
const FOR_HTTP = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];
const FOR_HTTPS = ['https_proxy', 'HTTPS_PROXY'];

/**
 * Would other programs call the gateway and local engines through a proxy? Laneway itself never does; what its own proxy
 * prevents is a finding of the provider.
 */
export const proxyCheck: Check = {
  name: 'proxy',
  run: ({ files, variables, target, providers }) => {
    if (files === null) return [];
    const found = [...clientsThroughProxy(variables, target.url), ...withoutEffect(variables, providers)];
    const isFine = found.length === 0 && !providers.some(isProxyProblem);
    return isFine ? [ok(summary(variables))] : found;
  },
};

function clientsThroughProxy(variables: Variables, url: string): Finding[] {
  const name = firstSet(variables, FOR_HTTP);
  if (name === null || exempts(variables)) return [];
  const gateway = url === '' ? 'the gateway' : url;
  const found = `${name} is set and NO_PROXY does not name 127.0.0.1: Python programs, curl and others call ${gateway} and local engines through the proxy`;
  return [warning('proxy', found, 'set NO_PROXY=localhost,127.0.0.1,::1 for these programs')];
}

/** Cloud providers that cannot be connected to, while only variables are set that do not apply to them. */
function withoutEffect(
  variables: Variables,
  providers: readonly { readonly local: boolean; readonly error: { readonly code: string } | null }[],
): Finding[] {
  const name = firstSet(variables, FOR_HTTP);
  if (name === null || firstSet(variables, FOR_HTTPS) !== null) return [];
  const isCutOff = providers.some(
    ({ local, error }) => !local && error !== null && /^upstream_(?:connect|dns)/.test(error.code),
  );
  if (!isCutOff) return [];
  const found = `${name} does not apply to https, so cloud providers are called without the proxy, and cannot be reached`;
  return [warning('proxy', found, 'set HTTPS_PROXY to the http:// or https:// URL of the proxy')];
}

/** By the rules that curl and Python share. */
function exempts(variables: Variables): boolean {
  const name = firstSet(variables, ['no_proxy', 'NO_PROXY']);
  const entries = (name === null ? '' : (variables[name] ?? '')).split(/[\s,]+/);
  return entries.some((entry) => /^(?:\*|127\.0\.0\.1|127\.0\.0\.0\/8|localhost)$/.test(entry));
}

function firstSet(variables: Variables, names: readonly string[]): string | null {
  return names.find((name) => (variables[name]?.trim() ?? '') !== '') ?? null;
}

/** Names the variable only: its value may contain a password. */
function summary(variables: Variables): string {
  const name = firstSet(variables, FOR_HTTPS);
  return name === null ? 'no proxy is set' : `cloud providers are called through the proxy of ${name}`;
}
