import type { ErrorCode } from '../../protocol/errors.ts';
import type { ProxyError, ProxyFault } from '../connection/proxy-dial.ts';

/** The code and summary of a failed connection through a proxy; every one of them is `not_sent`. */
export function proxyFailure(error: ProxyError, detail: string | null): { code: ErrorCode; summary: string } {
  const { proxyFault: fault } = error;
  const code =
    fault === 'timeout' || fault === 'tunnel_timeout' ? 'upstream_connect_timeout' : 'upstream_connect';
  return { code, summary: summaryOf(fault, error, detail === null ? '' : ` (${detail})`) };
}

function summaryOf(fault: ProxyFault, error: ProxyError, detail: string): string {
  const { name, variable } = error.proxy;
  const proxy = `was not reached: the proxy ${name}`;
  const check = `check ${variable}`;
  if (typeof fault === 'number') return statusSummary(fault, error);
  switch (fault) {
    case 'dns':
      return `${proxy} was not found in DNS${detail}; ${check}`;
    case 'connect':
      return error.code === 'ECONNREFUSED'
        ? `${proxy} refused the connection; ${check}`
        : `${proxy} was unreachable${detail}; ${check}`;
    case 'timeout':
      return `${proxy} did not accept a connection in time; ${check}`;
    case 'tls':
      return `was not reached: the TLS handshake with the proxy ${name} failed${detail}; ${check}`;
    case 'private_address':
    case 'forbidden_address':
      return `${proxy} has a link-local, metadata or otherwise reserved address; ${check}`;
    case 'tunnel_timeout':
      return `${proxy} opened no connection to it in time`;
    case 'closed':
    case 'connection':
      return `${proxy} closed the connection without an answer; ${check}`;
    case 'malformed':
      return `${proxy} did not answer as an HTTP proxy; ${check}`;
    case 'unusable':
      return `was not called: ${variable} cannot be used; set an http:// or https:// proxy, or add the host to NO_PROXY`;
    case 'stopped':
    case 'proxy':
      return 'was not called: its connections were closed by a reload or shutdown';
  }
}

/** The proxy answered CONNECT with an error status. */
function statusSummary(status: number, { proxy: { name, variable }, hasCredentials }: ProxyError): string {
  // tinyproxy answers 401 to wrong credentials.
  if (status === 407 || status === 401) {
    return hasCredentials
      ? `was not reached: the proxy ${name} rejected the user and password in ${variable} (${status})`
      : `was not reached: the proxy ${name} requires a user and password (${status}); set ${variable}=http://USER:PASSWORD@HOST:PORT`;
  }
  if (status === 403) {
    return `was not reached: the proxy ${name} does not permit it (403); permit its host there, or add it to NO_PROXY`;
  }
  if (status >= 500) return `was not reached: the proxy ${name} could not connect to it (${status})`;
  return `was not reached: the proxy ${name} answered CONNECT with status ${status}; check ${variable}`;
}
