import { Pool } from 'undici';
import type { Client, Dispatcher } from 'undici';
import { systemClock } from '../../util/clock.ts';
import type { Clock } from '../../util/clock.ts';
import { inPieces } from './body-pieces.ts';
import { Call, PooledClient } from './call.ts';
import { createDialler } from './dial.ts';
import type { Dialler, Resolver } from './dial.ts';
import { createOriginFetch } from './origin-fetch.ts';
import { createProxyDialler } from './proxy-dial.ts';
import type { Proxy, UnusableProxy } from './proxy.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest } from '../provider.ts';

/** Options of a provider's connector. */
export interface ConnectorOptions {
  /** Origin and path prefix of every request. */
  readonly baseUrl: string;
  /** The server may have a loopback or private address. */
  readonly local: boolean;
  /** Lower-case names, including the key's header. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for DNS, connection and TLS together, and for the tunnel where there is a proxy. */
  readonly connectMs: number;
  /** null or absent: connections are direct. */
  readonly proxy?: Proxy | UnusableProxy | null;
  readonly clock?: Clock;
  readonly resolver?: Resolver;
}

/** The only code that opens sockets to a provider, and only to the provider's own origin. */
export interface Connector {
  /**
   * Sends one request. `onSent` may be called before this returns; every other callback comes later. Redirects are
   * reported as replies. There is no retry except for a stale pooled socket (`Call`).
   */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** `fetch` for the official SDKs: same sockets, same headers, this origin only. */
  readonly fetch: typeof globalThis.fetch;
  /** Accepts no new calls and lets the running ones finish. */
  close(): Promise<void>;
  /** Closes all sockets now; running calls get `onError`. */
  destroy(): Promise<void>;
}

/**
 * undici's `headersTimeout` and `bodyTimeout` are off: the attempt has its own deadlines. Idle sockets are closed
 * after 4 s, before a server with the usual 5 s closes them; a server's `Keep-Alive` hint can only shorten that.
 */
const SOCKET_OPTIONS = {
  pipelining: 1,
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: 16 * 1024,
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 4_000,
} as const satisfies Client.Options;

/** Headers that no request may set: destination, credentials and framing are the provider's. */
const RESERVED: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'host',
  'accept-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
]);

/** Creates the connector of one provider. Opens no socket before the first request. */
export function createConnector(options: ConnectorOptions): Connector {
  return new PoolConnector(options);
}

class PoolConnector implements Connector {
  readonly fetch: typeof globalThis.fetch;
  private readonly pool: Pool;
  private readonly dialler: Dialler;
  private readonly origin: string;
  private readonly prefix: string;
  private readonly headers: ProviderHeaders;
  private readonly clock: Clock;
  /** Connections opened for a retry; each closes after its one call. */
  private readonly retryClients = new Set<PooledClient>();

  constructor(options: ConnectorOptions) {
    const { baseUrl, headers, clock = systemClock } = options;
    const url = new URL(baseUrl);
    this.origin = url.origin;
    this.prefix = url.pathname.replace(/\/+$/, '');
    this.headers = new ProviderHeaders(headers);
    this.clock = clock;
    this.dialler = diallerOf(options);
    this.pool = new Pool(url.origin, {
      ...SOCKET_OPTIONS,
      factory: (origin) => new PooledClient(origin, SOCKET_OPTIONS, this.dialler),
    });
    this.fetch = createOriginFetch(url.origin, this.pool, headers);
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const pieces = inPieces(request.body);
    const headers = this.headers.with(request);
    if (pieces !== null) headers.push('content-length', String(pieces.length));
    const options: Dispatcher.DispatchOptions = {
      path: this.prefix + request.path,
      method: request.method,
      headers,
      body: (pieces ?? request.body) as NonNullable<Dispatcher.DispatchOptions['body']> | null,
    };
    const call = new Call(handler, options, this.clock, this.retry);
    call.dispatch(this.pool);
    return call;
  }

  async close(): Promise<void> {
    if (this.pool.destroyed) return;
    await Promise.all([this.pool.close(), ...Array.from(this.retryClients, (client) => client.close())]);
  }

  async destroy(): Promise<void> {
    this.dialler.stop();
    await Promise.all([this.pool.destroy(), ...Array.from(this.retryClients, (client) => client.destroy())]);
  }

  /** A property, not a method, so that a call allocates no closure. */
  private readonly retry = (call: Call): void => {
    const client = new PooledClient(this.origin, SOCKET_OPTIONS, this.dialler);
    this.retryClients.add(client);
    call.dispatch(client);
    void client.close().then(() => this.retryClients.delete(client));
  };
}

function diallerOf({ local, connectMs, proxy = null, resolver }: ConnectorOptions): Dialler {
  const common = { connectMs, ...(resolver === undefined ? {} : { resolver }) };
  return proxy === null ? createDialler({ local, ...common }) : createProxyDialler({ proxy, ...common });
}

/** The headers of every request of a provider as undici's flat list, and a way to add a request's own. */
class ProviderHeaders {
  private readonly bare: string[] = [];
  private readonly withBody: string[];
  /** Index of each name's value, the same in both lists. */
  private readonly places = new Map<string, number>();

  constructor(headers: Readonly<Record<string, string>>) {
    // A user agent, because the front ends of some clouds reject requests without one. No compression, since a
    // compressed reply can neither be forwarded unchanged nor bounded.
    const all = { 'user-agent': 'laneway', ...headers, 'accept-encoding': 'identity' };
    for (const [name, value] of Object.entries(all)) this.places.set(name, this.bare.push(name, value) - 1);
    this.withBody = this.bare.slice();
    if (this.places.has('content-type')) return;
    this.places.set('content-type', this.withBody.push('content-type', 'application/json') - 1);
  }

  /** A request's own header overrides the provider's of the same name, except for the reserved ones. */
  with(request: UpstreamRequest): string[] {
    const list = request.body === null ? this.bare.slice() : this.withBody.slice();
    for (const name in request.headers) {
      const value = request.headers[name];
      if (value === undefined || RESERVED.has(name)) continue;
      const place = this.places.get(name);
      if (place === undefined || place >= list.length) list.push(name, value);
      else list[place] = value;
    }
    return list;
  }
}
