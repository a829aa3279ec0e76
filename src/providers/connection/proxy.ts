import { bypassesProxy } from './no-proxy.ts';
import { hostKind } from '../../util/network-address.ts';

/** The forward proxy of a provider. */
export interface Proxy {
  /** The variable that sets it, as written: `HTTPS_PROXY` or `https_proxy`. */
  readonly variable: string;
  /** Whether the connection to the proxy itself uses TLS. */
  readonly protocol: 'http:' | 'https:';
  /** IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** `host:port` for messages, without credentials. */
  readonly name: string;
  /** Value of `Proxy-Authorization`; a secret. null: the URL has no credentials. */
  readonly authorization: string | null;
}

/** A variable whose value cannot be used. Providers that it applies to are not called: calling directly could be forbidden. */
export interface UnusableProxy {
  readonly variable: string;
  /** What is wrong, to follow the variable's name; never contains the value. */
  readonly fault: string;
}

/** The current value of an environment variable. */
export type ReadVariable = (name: string) => string | undefined;

/**
 * The proxy for a provider; null: it is called directly. Only `https:` URLs of providers that are not local go through a
 * proxy, because `http:` is permitted for local ones only. Variables as in curl: lower case first, no fallback from
 * `HTTPS_PROXY` to `HTTP_PROXY`.
 */
export function proxyFor(
  { baseUrl, local }: { readonly baseUrl: string; readonly local: boolean },
  variable: ReadVariable,
): Proxy | UnusableProxy | null {
  const url = new URL(baseUrl);
  if (local || url.protocol !== 'https:' || hostKind(url.hostname) === 'loopback') return null;
  const set = readProxy(variable);
  if (set === null || bypassesProxy(url, readNoProxy(variable))) return null;
  return set;
}

/** The proxy that `HTTPS_PROXY` names; null when it is unset or empty. */
export function readProxy(variable: ReadVariable): Proxy | UnusableProxy | null {
  const set = firstSet(variable, ['https_proxy', 'HTTPS_PROXY']);
  return set === null ? null : parseProxy(set.name, set.value);
}

/** The value of `NO_PROXY`, or nothing. */
export function readNoProxy(variable: ReadVariable): string {
  return firstSet(variable, ['no_proxy', 'NO_PROXY'])?.value ?? '';
}

/** The first of these variables that is neither unset nor empty. */
export function firstSet(
  variable: ReadVariable,
  names: readonly string[],
): { readonly name: string; readonly value: string } | null {
  for (const name of names) {
    const value = variable(name)?.trim() ?? '';
    if (value !== '') return { name, value };
  }
  return null;
}

/** Port of a proxy URL without one, as in curl. */
const DEFAULT_PORT = { 'http:': 1080, 'https:': 443 } as const;

function parseProxy(variable: string, value: string): Proxy | UnusableProxy {
  const written = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const scheme = /^socks[a-z0-9]*/i.exec(written)?.[0].toLowerCase();
  if (scheme !== undefined && written.startsWith(`${scheme}:`)) {
    return { variable, fault: `is a ${scheme} proxy, which is not supported` };
  }
  const url = URL.parse(written);
  const authorization = url === null ? undefined : credentials(url);
  if (url === null || authorization === undefined || url.hostname === '') {
    return { variable, fault: 'is not the URL of a proxy' };
  }
  const { protocol, hostname } = url;
  if (protocol !== 'http:' && protocol !== 'https:') {
    return { variable, fault: 'is neither an http:// nor an https:// URL' };
  }
  const port = portOf(written, url) ?? DEFAULT_PORT[protocol];
  return {
    variable,
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    name: `${hostname}:${port}`,
    authorization,
  };
}

/** `URL` drops a written default port (`http://proxy:80`); without one curl's default would be used instead. */
function portOf(written: string, url: URL): number | null {
  if (url.port !== '') return Number(url.port);
  const authority = written.replace(/^[^/]*\/\//, '').replace(/[/?#].*$/, '');
  const port = /:(\d+)$/.exec(authority.slice(authority.lastIndexOf('@') + 1))?.[1];
  return port === undefined ? null : Number(port);
}

/** undefined when the percent-encoding is broken. */
function credentials({ username, password }: URL): string | null | undefined {
  if (username === '' && password === '') return null;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    return undefined;
  }
}
