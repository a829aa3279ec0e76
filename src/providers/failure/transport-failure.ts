import type { ErrorCode } from '../../protocol/errors.ts';
import type { Failure, FailureClass } from '../../protocol/failure.ts';
import { DialError } from '../connection/dial.ts';
import type { DialFault } from '../connection/dial.ts';
import { ProxyError } from '../connection/proxy-dial.ts';
import { proxyFailure } from './proxy-failure.ts';
import { tlsSummary } from './tls-summary.ts';

interface Meaning {
  readonly class: FailureClass;
  readonly code: ErrorCode;
  /** `{code}` is replaced by the system's error code in brackets, or by nothing. */
  readonly summary: string;
}

/** Dialling failed, so no request was sent: the meaning of each step's failure. */
const DIAL_MEANING: Readonly<Record<DialFault, Meaning>> = {
  dns: { class: 'not_sent', code: 'upstream_dns', summary: 'was not found in DNS{code}' },
  connect: { class: 'not_sent', code: 'upstream_connect', summary: 'was unreachable{code}' },
  timeout: {
    class: 'not_sent',
    code: 'upstream_connect_timeout',
    summary: 'did not accept a connection in time',
  },
  tls: { class: 'not_sent', code: 'upstream_tls', summary: 'failed the TLS handshake{code}' },
  private_address: {
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'was not called: its address is private (set "local": true on its provider to allow it)',
  },
  forbidden_address: {
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'was not called: its address is link-local, a metadata service or otherwise reserved',
  },
  stopped: {
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'was not called: its connections were closed by a reload or shutdown',
  },
  // Never shown: `proxyFailure` has the summary of each fault.
  proxy: { class: 'not_sent', code: 'upstream_connect', summary: 'was not reached through the proxy' },
};

/** One row of the table for broken connections. */
interface TransportRule extends Meaning {
  readonly name: string;
  readonly source: string;
  readonly when: (error: Error, code: string, sent: boolean, replied: boolean) => boolean;
}

/** By name: undici 8 is meant to give these errors a code (`HPE_…`) but leaves it undefined. */
const isParserError = (error: Error): boolean => error.name === 'HTTPParserError';

/** The table for transport errors other than `DialError`: the first match decides; the last rule always matches. */
export const TRANSPORT_RULES: readonly TransportRule[] = [
  {
    name: 'header block too large',
    source: 'undici 8: `maxHeaderSize`',
    when: (_error, code) => code === 'UND_ERR_HEADERS_OVERFLOW',
    class: 'malformed',
    code: 'upstream_too_large',
    summary: 'sent more than 16 KiB of headers',
  },
  {
    name: 'chunked body cut short',
    source: 'undici 8: a chunked reply that is cut off on a connection without keep-alive',
    when: (error) => isParserError(error) && error.message.includes('Invalid EOF state'),
    class: 'unanswered',
    code: 'upstream_disconnected',
    summary: 'closed the connection before the end of its reply',
  },
  {
    name: 'body shorter than declared',
    source: 'undici 8 lib/dispatcher/client-h1.js; its parser never reads more than the declared length',
    when: (_error, code) => code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    class: 'malformed',
    code: 'upstream_malformed',
    summary: 'closed the connection before the end of its reply',
  },
  {
    name: 'broken HTTP',
    source: 'undici 8 lib/dispatcher/client-h1.js',
    when: (error, code) =>
      isParserError(error) || (code === 'UND_ERR_SOCKET' && /^bad (?:response|upgrade)$/.test(error.message)),
    class: 'malformed',
    code: 'upstream_malformed',
    summary: 'violated the HTTP protocol',
  },
  {
    name: 'redirect in fetch',
    source: 'undici 8 lib/web/fetch with `redirect: "error"`',
    when: (error) => error.message === 'unexpected redirect',
    class: 'malformed',
    code: 'upstream_redirect',
    summary: 'answered with a redirect, which is not followed',
  },
  {
    name: 'port that fetch blocks',
    source: 'Fetch standard, "bad port" (6666, 10080 and others); probes use fetch',
    when: (error) => error.message === 'bad port',
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'could not be probed: fetch blocks its port (choose another port)',
  },
  {
    name: 'disconnected in the reply',
    source: 'any connection error after the headers of the reply',
    when: (_error, _code, sent, replied) => sent && replied,
    class: 'unanswered',
    code: 'upstream_disconnected',
    summary: 'closed the connection before the end of its reply',
  },
  {
    name: 'disconnected',
    source: 'any connection error after the request was written: it may have been carried out',
    when: (_error, _code, sent) => sent,
    class: 'unanswered',
    code: 'upstream_disconnected',
    summary: 'closed the connection before answering',
  },
  {
    name: 'not sent',
    source: 'any connection error before the request was written',
    when: () => true,
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'could not be reached',
  },
];

/**
 * Classifies a transport error; `sent`: the request had been written to a connection, `replied`: the headers of its
 * reply had arrived. Never uses the error's text.
 */
export function classifyTransport(error: Error, sent: boolean, replied = false): Failure {
  // A dial error after `sent` is that of a retry: the first attempt may still have been carried out.
  const { meaning, detail } =
    error instanceof DialError && !sent
      ? ofDial(error)
      : { meaning: ofConnection(error, sent, replied), detail: null };
  return {
    class: meaning.class,
    code: meaning.code,
    status: null,
    summary: meaning.summary.replace('{code}', detail === null ? '' : ` (${detail})`),
    retryAfterMs: null,
    upstream: null,
  };
}

function ofDial(error: DialError): { meaning: Meaning; detail: string | null } {
  const { fault, code } = error;
  // Only error codes, never text that could contain a name or an address.
  const detail = code !== null && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : null;
  if (error instanceof ProxyError) {
    return { meaning: { class: 'not_sent', ...proxyFailure(error, detail) }, detail: null };
  }
  if (code === 'ECONNREFUSED') {
    return { meaning: { ...DIAL_MEANING.connect, summary: 'refused the connection' }, detail: null };
  }
  const advised = fault === 'tls' && detail !== null ? tlsSummary(detail) : null;
  if (advised !== null) return { meaning: { ...DIAL_MEANING.tls, summary: advised }, detail: null };
  return { meaning: DIAL_MEANING[fault], detail };
}

function ofConnection(error: Error, sent: boolean, replied: boolean): Meaning {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return TRANSPORT_RULES.find(({ when }) => when(error, code, sent, replied)) ?? DIAL_MEANING.connect;
}
