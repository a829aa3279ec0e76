import { Pool } from 'undici';
import type { Client, Dispatcher } from 'undici';
import { systemClock } from '../../util/clock.ts';
import type { Clock } from '../../util/clock.ts';
import { inPieces } from './body-pieces.ts';
import { Call, PooledClient } from './call.ts';
import { createDialler } from './dial.ts';
import type { Dialler, Resolver } from './dial.ts';
import { createOriginFetch } from './origin-fetch.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest } from '../provider.ts';

/** What a connector is told once. */
export interface ConnectorOptions {
  /** Origin and path below which every request goes. */
  readonly baseUrl: string;
  /** The server may have a loopback or private address. */
  readonly local: boolean;
  /** Lower-case names, the key's among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for name, connection and TLS together. */
  readonly connectMs: number;
  readonly clock?: Clock;
  readonly resolver?: Resolver;
}

/** The only place that opens sockets to a provider, and only to its own origin (DESIGN section 11). */
export interface Connector {
  /**
   * Sends one request. `onSent` may be heard before this returns; everything else comes later. Redirects are
   * handed up as what they are. The call stands for one attempt, a stale pooled socket apart (`Call`).
   */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** `fetch` for the official SDKs: same sockets, same headers, this origin only. */
  readonly fetch: typeof globalThis.fetch;
  /** Takes no new call, lets the running ones end. */
  close(): Promise<void>;
  /** Ends everything now; running calls hear an error. */
  destroy(): Promise<void>;
}

/**
 * `headersTimeout` and `bodyTimeout` are the attempt's own deadlines (DESIGN section 6). Idle sockets go before a
 * server with the usual 5 s closes them (reliability R9); a server's own `Keep-Alive` hint can only shorten it.
 * Header block: 16 KiB (reliability section 5.1).
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

/** What no request decides: whom it goes to, as whom, and how it is framed (reliability S1, S41). */
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

/** Makes the connector of one provider. No socket is opened before the first request. */
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
  /** Connections opened for a repeat; each closes after its one call. */
  private readonly extra = new Set<PooledClient>();

  constructor({ baseUrl, local, headers, connectMs, clock = systemClock, resolver }: ConnectorOptions) {
    const url = new URL(baseUrl);
    this.origin = url.origin;
    this.prefix = url.pathname.replace(/\/+$/, '');
    this.headers = new ProviderHeaders(headers);
    this.clock = clock;
    this.dialler = createDialler({ local, connectMs, ...(resolver === undefined ? {} : { resolver }) });
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
    const call = new Call(handler, options, this.clock, this.repeat);
    call.dispatch(this.pool);
    return call;
  }

  async close(): Promise<void> {
    if (this.pool.destroyed) return;
    await Promise.all([this.pool.close(), ...Array.from(this.extra, (client) => client.close())]);
  }

  async destroy(): Promise<void> {
    this.dialler.stop();
    await Promise.all([this.pool.destroy(), ...Array.from(this.extra, (client) => client.destroy())]);
  }

  /** One property for all calls, so that a call needs no closure of its own. */
  private readonly repeat = (call: Call): void => {
    const client = new PooledClient(this.origin, SOCKET_OPTIONS, this.dialler);
    this.extra.add(client);
    call.dispatch(client);
    void client.close().then(() => this.extra.delete(client));
  };
}

/** The headers that every request of a provider carries, flat as undici takes them, and a way to add some. */
class ProviderHeaders {
  private readonly bare: string[] = [];
  private readonly withBody: string[];
  /** Where the value of each name stands in both lists. */
  private readonly places = new Map<string, number>();

  constructor(headers: Readonly<Record<string, string>>) {
    // A user agent, because some clouds' front ends refuse requests without one; a compressed reply could not be
    // passed on as it is, nor bounded (reliability section 4).
    const all = { 'user-agent': 'laneway', ...headers, 'accept-encoding': 'identity' };
    for (const [name, value] of Object.entries(all)) this.places.set(name, this.bare.push(name, value) - 1);
    this.withBody = this.bare.slice();
    if (this.places.has('content-type')) return;
    this.places.set('content-type', this.withBody.push('content-type', 'application/json') - 1);
  }

  /** A request's own header stands in for the provider's of the same name, the reserved ones apart. */
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
