import type { ErrorCode } from '../../protocol/errors.ts';
import type { Failure, FailureClass } from '../../protocol/failure.ts';
import { DialError } from '../connection/dial.ts';
import type { DialFault } from '../connection/dial.ts';

interface Meaning {
  readonly class: FailureClass;
  readonly code: ErrorCode;
  /** `{code}` stands for the system's word in brackets, or for nothing. */
  readonly summary: string;
}

/** No connection, no request: what each step of dialling means (reliability F1 to F4, B4). */
const DIAL_MEANING: Readonly<Record<DialFault, Meaning>> = {
  dns: { class: 'not_sent', code: 'upstream_dns', summary: 'was not found in DNS{code}' },
  connect: { class: 'not_sent', code: 'upstream_connect', summary: 'was unreachable{code}' },
  timeout: {
    class: 'not_sent',
    code: 'upstream_connect_timeout',
    summary: 'did not accept a connection in time',
  },
  tls: { class: 'not_sent', code: 'upstream_tls', summary: 'failed the TLS check{code}' },
  private_address: {
    class: 'not_sent',
    code: 'upstream_connect',
    summary:
      'was not called, since its address is private (write "local": true in its provider to allow that)',
  },
  forbidden_address: {
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'was not called, since its address is link-local, a metadata service or otherwise reserved',
  },
  stopped: {
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'was not called, since its provider was closed',
  },
};

/** One row of the table for connections that broke. */
interface TransportRule extends Meaning {
  readonly name: string;
  readonly source: string;
  readonly when: (error: Error, code: string, sent: boolean) => boolean;
}

/** By name: undici 8 means to give these errors a code (`HPE_…`) and leaves it undefined. */
const isParserError = (error: Error): boolean => error.name === 'HTTPParserError';

/** The table for transport errors other than `DialError`: the first rule that holds decides; the last always does. */
export const TRANSPORT_RULES: readonly TransportRule[] = [
  {
    name: 'header block too large',
    source: 'reliability F18',
    when: (_error, code) => code === 'UND_ERR_HEADERS_OVERFLOW',
    class: 'malformed',
    code: 'upstream_too_large',
    summary: 'sent headers over 16 KiB',
  },
  {
    name: 'chunked body cut short',
    source: 'undici 8: how a chunked reply ends whose connection was to be closed after it',
    when: (error) => isParserError(error) && error.message.includes('Invalid EOF state'),
    class: 'unanswered',
    code: 'upstream_disconnected',
    summary: 'closed the connection before the end of its answer',
  },
  {
    name: 'broken HTTP',
    source: 'reliability F17; undici 8 lib/dispatcher/client-h1.js',
    when: (error, code) =>
      isParserError(error) ||
      code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
      (code === 'UND_ERR_SOCKET' && /^bad (?:response|upgrade)$/.test(error.message)),
    class: 'malformed',
    code: 'upstream_malformed',
    summary: 'broke the HTTP protocol',
  },
  {
    name: 'redirect met by fetch',
    source: 'undici 8 lib/web/fetch with `redirect: "error"`; reliability F19',
    when: (error) => error.message === 'unexpected redirect',
    class: 'malformed',
    code: 'upstream_redirect',
    summary: 'answered with a redirect, which is not followed',
  },
  {
    name: 'port that fetch refuses',
    source: 'Fetch standard, "bad port" (6666, 10080 and others): the probes are made with it',
    when: (error) => error.message === 'bad port',
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'could not be asked for its models, since fetch never calls its port (choose another)',
  },
  {
    name: 'disconnected',
    source: 'reliability F12: the request may have been carried out',
    when: (_error, _code, sent) => sent,
    class: 'unanswered',
    code: 'upstream_disconnected',
    summary: 'closed the connection before it had answered',
  },
  {
    name: 'not sent',
    source: 'DESIGN section 6: nothing was written',
    when: () => true,
    class: 'not_sent',
    code: 'upstream_connect',
    summary: 'could not be called',
  },
];

/** Tells what a transport error means; `sent` when the request had been written to a connection. Never its text. */
export function classifyTransport(error: Error, sent: boolean): Failure {
  // With `sent`, a repeat failed to connect: the first try may still have been carried out.
  const { meaning, word } =
    error instanceof DialError && !sent ? ofDial(error) : { meaning: ofConnection(error, sent), word: null };
  return {
    class: meaning.class,
    code: meaning.code,
    status: null,
    summary: meaning.summary.replace('{code}', word === null ? '' : ` (${word})`),
    retryAfterMs: null,
    upstream: null,
  };
}

function ofDial({ fault, code }: DialError): { meaning: Meaning; word: string | null } {
  if (code === 'ECONNREFUSED') {
    return { meaning: { ...DIAL_MEANING.connect, summary: 'refused the connection' }, word: null };
  }
  // Only words of a fixed vocabulary, never text that could hold a name or an address.
  return {
    meaning: DIAL_MEANING[fault],
    word: code !== null && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : null,
  };
}

function ofConnection(error: Error, sent: boolean): Meaning {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return TRANSPORT_RULES.find(({ when }) => when(error, code, sent)) ?? DIAL_MEANING.connect;
}
