import { unreadableEntries } from './no-proxy.ts';
import { firstSet, readNoProxy, readProxy, type ReadVariable } from './proxy.ts';

/** What the log at start says about the variables for proxies. */
export interface ProxyNotes {
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reports which proxy is used, and every variable for proxies that is set without an effect. Names hosts and ports, but
 * never a whole value, which may contain a password.
 */
export function proxyNotes(variable: ReadVariable): ProxyNotes {
  const proxy = readProxy(variable);
  const warnings = unreadableEntries(readNoProxy(variable)).map(
    (entry) =>
      `NO_PROXY: ${withoutCredentials(entry)} is neither a host nor an address range and matches nothing`,
  );
  if (proxy === null) return { notes: [], warnings: [...withoutEffect(variable), ...warnings] };
  const { variable: name } = proxy;
  if ('fault' in proxy) {
    const advice = `set an http:// or https:// proxy; until then ${EXEMPT} is called`;
    return { notes: [], warnings: [`${name} ${proxy.fault}: ${advice}`, ...warnings] };
  }
  return { notes: [`cloud providers are called through the proxy ${proxy.name} (${name})`], warnings };
}

const EXEMPT = 'no cloud provider but those in NO_PROXY';

/** Variables that other programs use, where `HTTPS_PROXY` is not set. */
function withoutEffect(variable: ReadVariable): string[] {
  const all = firstSet(variable, ['all_proxy', 'ALL_PROXY']);
  const http = firstSet(variable, ['http_proxy', 'HTTP_PROXY']);
  const effect = 'so cloud providers are called directly; set HTTPS_PROXY to an http:// or https:// proxy';
  return [
    ...(all === null ? [] : [`${all.name} is not supported, ${effect}`]),
    ...(http === null ? [] : [`${http.name} does not apply to https, ${effect}`]),
  ];
}

function withoutCredentials(entry: string): string {
  return entry.includes('@') ? 'an entry' : entry;
}
