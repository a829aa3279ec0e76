import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { hostKind } from '../../util/network-address.ts';
import {
  createDialler,
  DialError,
  refusal,
  type Dial,
  type Dialler,
  type DialFault,
  type Resolver,
} from './dial.ts';
import type { Proxy, UnusableProxy } from './proxy.ts';
import { openTunnel, type TunnelRefusal } from './tunnel.ts';

/** What failed at the proxy: a step on the way to it, its answer to CONNECT, or the time for that. */
export type ProxyFault = DialFault | TunnelRefusal | 'tunnel_timeout' | 'unusable';

/** A proxy opened no connection to the server, so nothing was sent. Contains no credentials. */
export class ProxyError extends DialError {
  readonly proxyFault: ProxyFault;
  readonly proxy: Pick<Proxy, 'variable' | 'name'>;
  /** The URL of the proxy has credentials. */
  readonly hasCredentials: boolean;

  constructor(proxyFault: ProxyFault, proxy: Proxy | UnusableProxy, cause: unknown = null) {
    super('proxy', cause);
    this.proxyFault = proxyFault;
    this.proxy = { variable: proxy.variable, name: 'name' in proxy ? proxy.name : '' };
    this.hasCredentials = 'name' in proxy && proxy.authorization !== null;
  }
}

/** Options of a dialler that goes through a proxy. */
export interface ProxyDialOptions {
  readonly proxy: Proxy | UnusableProxy;
  /** Milliseconds for the connection to the proxy, the tunnel and TLS together. */
  readonly connectMs: number;
  readonly resolver?: Resolver;
}

/**
 * A dialler that reaches servers through a CONNECT tunnel, with TLS from end to end: certificate and SNI are the
 * server's, and the proxy sees only its name and port. The peer is the proxy, whose address may be private but not
 * link-local or a metadata service. The proxy resolves the server's name, so only a literal address and the names of
 * metadata services are checked here.
 */
export function createProxyDialler({ proxy, connectMs, resolver }: ProxyDialOptions): Dialler {
  const toProxy = createDialler({ local: true, connectMs, ...(resolver === undefined ? {} : { resolver }) });
  const overTunnel = buildConnector({ allowH2: false, timeout: 0, rejectUnauthorized: true });
  const open = new Set<ProxiedDial>();
  return {
    dial: (options, callback) => {
      const refused = 'fault' in proxy ? new ProxyError('unusable', proxy) : targetRefusal(options.hostname);
      if (refused !== null || 'fault' in proxy) {
        process.nextTick(callback, refused, null);
        return null;
      }
      const dial = new ProxiedDial({ proxy, options, overTunnel, connectMs }, (error, socket) => {
        open.delete(dial);
        if (error === null && socket !== null) callback(null, socket);
        else callback(error ?? new DialError('connect'), null);
      });
      open.add(dial);
      dial.start(toProxy);
      return dial;
    },
    stop: () => {
      for (const dial of open) dial.destroy(new DialError('stopped'));
    },
  };
}

/** Why the server may not be asked for, as far as its host shows; null when it may. */
function targetRefusal(hostname: string): DialError | null {
  const kind = hostKind(hostname);
  if (kind === 'name') return null;
  return kind === 'forbidden' ? new DialError('forbidden_address') : refusal(hostname, false);
}

interface ProxiedDialOptions {
  readonly proxy: Proxy;
  /** The server. */
  readonly options: buildConnector.Options;
  readonly overTunnel: buildConnector.connector;
  readonly connectMs: number;
}

/** One connection through the proxy while it is being opened. */
class ProxiedDial implements Dial {
  readonly #startedAt = performance.now();
  readonly #parts: ProxiedDialOptions;
  readonly #callback: (error: Error | null, socket: Socket | null) => void;
  /** What `destroy` acts on: the dial of the proxy, its socket, or the TLS socket over it. */
  #current: Dial | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(parts: ProxiedDialOptions, callback: (error: Error | null, socket: Socket | null) => void) {
    this.#parts = parts;
    this.#callback = callback;
  }

  start(toProxy: Dialler): void {
    const { protocol, hostname, name, port } = this.#parts.proxy;
    this.#current = toProxy.dial({ protocol, hostname, host: name, port: String(port) }, (error, socket) => {
      if (this.#isDone) socket?.destroy();
      else if (error !== null) this.#fail(this.#ofProxy(error));
      else this.#tunnel(socket);
    });
  }

  destroy(error: Error): void {
    this.#fail(error);
  }

  #ofProxy(error: Error): Error {
    return error instanceof DialError ? new ProxyError(error.fault, this.#parts.proxy, error) : error;
  }

  #tunnel(socket: Socket): void {
    const { proxy, options } = this.#parts;
    this.#current = socket;
    this.#allow(new ProxyError('tunnel_timeout', proxy));
    const host = options.hostname.includes(':') ? `[${options.hostname}]` : options.hostname;
    const target = `${host}:${options.port === '' ? '443' : options.port}`;
    openTunnel(socket, { target, authorization: proxy.authorization }, (refused) => {
      if (this.#isDone) return;
      if (refused !== null) this.#fail(new ProxyError(refused, proxy));
      else this.#secure(socket);
    });
  }

  /** TLS with the server. */
  #secure(socket: Socket): void {
    this.#allow(new DialError('tls'));
    const { options, overTunnel } = this.#parts;
    // It returns the socket, although its type does not declare that (undici 8, lib/core/connect.js).
    const secured = overTunnel({ ...options, httpSocket: socket }, (error, connected) => {
      if (this.#isDone) return;
      if (error !== null) this.#fail(new DialError('tls', error));
      else this.#end(null, connected);
    }) as unknown as Socket;
    this.#current = {
      destroy: (error) => {
        secured.destroy(error);
        socket.destroy();
      },
    };
    // The end of the tunnel may reach the TLS socket without an error.
    secured.once('close', () => {
      this.#fail(new DialError('tls'));
    });
  }

  /** Fails with this error unless the next step ends within what is left of the time. */
  #allow(error: Error): void {
    clearTimeout(this.#timer);
    const leftMs = this.#parts.connectMs - (performance.now() - this.#startedAt);
    this.#timer = setTimeout(() => this.#fail(error), Math.max(leftMs, 1));
  }

  #fail(error: Error): void {
    if (this.#isDone) return;
    this.#end(error, null);
    this.#current?.destroy(error);
  }

  #end(error: Error | null, socket: Socket | null): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
    // `destroy` may be called by code that is not prepared for the callback.
    if (error === null) this.#callback(null, socket);
    else process.nextTick(this.#callback, error, null);
  }
}
