import { failureOf, type Failure } from '../protocol/failure.ts';
import { REQUIRES_KEY } from '../protocol/missing-key.ts';
import { systemClock } from '../util/clock.ts';
import type { Clock } from '../util/clock.ts';
import type { Connection, ListModels } from './provider-type.ts';
import { createConnector } from './connection/connector.ts';
import { NO_LIST_STATUSES, NOT_A_LIST, PAGE_START_BYTES, ReplyError } from './connection/control-fetch.ts';
import { DialError } from './connection/dial.ts';
import type { Proxy, UnusableProxy } from './connection/proxy.ts';
import { isHtml } from './failure/proxy-page.ts';
import { classifyReply } from './failure/reply-failure.ts';
import { ProbeError } from './provider.ts';
import { Refusals } from './refusals.ts';
import type { Listing, Provider, ProviderSettings } from './provider.ts';
import { createScrubber, maskKeys, scrubFailure, scrubJson } from './failure/scrub.ts';
import { classifyTransport } from './failure/transport-failure.ts';

/** One configured server. */
export interface ProviderOptions {
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly local: boolean;
  readonly settings: ProviderSettings;
  readonly key: string | null;
  /** How to supply the missing key; null when the provider is usable. */
  readonly missingKey: string | null;
  /** The environment variable that the key is read from; absent or null: none. */
  readonly keyVariable?: string | null;
  /** Static headers of the configuration, names in any case, `env:` values resolved. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for DNS, connection and TLS together. */
  readonly connectMs: number;
  /** null or absent: connections are direct. */
  readonly proxy?: Proxy | UnusableProxy | null;
  readonly list: ListModels;
  readonly clock?: Clock;
}

/** A provider together with the duty to close its sockets. */
export interface OwnedProvider extends Provider {
  /** Accepts no new calls and lets the running ones finish: for a provider that a reload replaced. */
  close(): Promise<void>;
  /** Aborts all calls in progress, for the end of the process. */
  destroy(): Promise<void>;
}

/** Names of headers that probably carry a credential. */
const SECRET_HEADER = /auth|key|token|secret|cookie/i;

/** Does a configured header with this name count as a secret? */
export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name);
}

/** Creates a provider from its type's settings and its configuration. Opens no socket before the first use. */
export function createProvider(options: ProviderOptions): OwnedProvider {
  const { id, name, baseUrl, local, settings, key, missingKey, connectMs, clock = systemClock } = options;
  const { proxy = null, keyVariable = null } = options;
  const configured = lowerNames(options.headers);
  const headers = { ...lowerNames(settings.headers), ...configured, ...keyHeader(settings, key) };
  const connector = createConnector({ baseUrl, local, headers, connectMs, proxy, clock });
  const ownSecrets = createScrubber([...(key === null ? [] : [key]), ...secretsOf(configured)]);
  const scrub = (text: string): string => ownSecrets(maskKeys(text));
  const connection: Connection = { baseUrl, fetch: connector.fetch };
  const sendsKey = key !== null || Object.keys(configured).some(isSecretHeader);
  const classify: Provider['classifyReply'] = (reply) => {
    const failure = scrubFailure(classifyReply(reply, clock.wall()), scrub);
    return sendsKey ? failure : withoutKey(failure);
  };
  return {
    id,
    name,
    identity: connection,
    settings,
    local,
    baseUrl,
    missingKey,
    keyVariable,
    refusals: new Refusals(),
    send: (request, handler) => connector.send(request, handler),
    list: async (signal): Promise<Listing> => {
      try {
        return await options.list(connection, signal);
      } catch (error) {
        if (error instanceof ProbeError) throw error;
        throw probeError(error, signal.aborted, classify);
      }
    },
    scrub,
    scrubJson: (text) => scrubJson(text, scrub),
    classifyReply: classify,
    classifyTransport,
    close: () => connector.close(),
    destroy: () => connector.destroy(),
  };
}

/** A 401 for a request without any key does not mean that a key is wrong. */
function withoutKey(failure: Failure): Failure {
  if (failure.class !== 'auth' || failure.status !== 401) return failure;
  return { ...failure, summary: REQUIRES_KEY };
}

function lowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function keyHeader({ auth }: ProviderSettings, key: string | null): Record<string, string> {
  if (key === null) return {};
  return auth === 'bearer' ? { authorization: `Bearer ${key}` } : { 'x-api-key': key };
}

/** The credentials themselves, without a scheme such as `Bearer`. */
function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => isSecretHeader(name))
    .map(([, value]) => value.replace(/^(?:bearer|basic|token)\s+/i, ''));
}

/** The error of a probe for whatever it threw. */
function probeError(thrown: unknown, aborted: boolean, classify: Provider['classifyReply']): ProbeError {
  if (thrown instanceof ReplyError) {
    const hasNoList = NO_LIST_STATUSES.includes(thrown.reply.status);
    const isPage = isHtml(thrown.reply.body.toString('latin1', 0, PAGE_START_BYTES));
    return new ProbeError(classify(thrown.reply), { hasNoList, isPage });
  }
  const failure = classifyProbe(thrown, aborted);
  const refused = causesOf(thrown).some(
    (cause) => cause instanceof DialError && cause.fault !== 'proxy' && cause.code === 'ECONNREFUSED',
  );
  return new ProbeError(failure, { hasNoList: failure.summary === NOT_A_LIST, refused });
}

/** Classifies what a probe threw. The error's own text may contain anything and is dropped. */
function classifyProbe(thrown: unknown, aborted: boolean): Failure {
  const chain = causesOf(thrown);
  const dial = chain.find((error) => error instanceof DialError);
  if (dial !== undefined) return classifyTransport(dial, false);
  if (aborted) return failureOf('unanswered', 'upstream_timeout', 'did not answer in time');
  // undici's fetch and the SDKs wrap the transport's error, so the innermost one is the real cause.
  const innermost = chain.at(-1);
  if (innermost !== undefined && ('code' in innermost || chain.length > 1)) {
    return classifyTransport(innermost, true);
  }
  return failureOf('malformed', 'upstream_malformed', NOT_A_LIST);
}

function causesOf(thrown: unknown): Error[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && !chain.includes(error); error = error.cause)
    chain.push(error);
  return chain;
}
