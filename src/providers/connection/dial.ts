import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { addressKind } from '../../util/network-address.ts';

/** Why dialling failed. Derived from the step that failed, which is more reliable than error codes. */
export type DialFault =
  'dns' | 'connect' | 'timeout' | 'tls' | 'private_address' | 'forbidden_address' | 'stopped' | 'proxy';

/** No connection was established, so nothing was sent. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly fault: DialFault;
  /** The error code of the system or OpenSSL, such as `ECONNREFUSED`; null where there is none. */
  readonly code: string | null;

  constructor(fault: DialFault, cause: unknown = null) {
    const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : null;
    super(`no connection: ${fault}`);
    this.fault = fault;
    this.code = typeof code === 'string' ? code : null;
  }
}

/** Resolves a name to all its addresses, as `dns.lookup` does; injected so that tests control the answers. */
export type Resolver = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses?: LookupAddress[]) => void,
) => void;

/** Options of a provider's dialler. */
export interface DialOptions {
  /** Private addresses are allowed. */
  readonly local: boolean;
  /** Milliseconds for DNS, connection and TLS together. */
  readonly connectMs: number;
  readonly resolver?: Resolver;
}

/** A dial in progress. */
export interface Dial {
  /** Cancels it. */
  destroy(error: Error): unknown;
}

/** Opens the sockets of one provider and checks the addresses they reach. */
export interface Dialler {
  /** Dials; the callback is called once, asynchronously. Returns a handle to cancel the dial. */
  dial(options: buildConnector.Options, callback: buildConnector.Callback): Dial | null;
  /** Cancels every dial in progress. */
  stop(): void;
}

/** Why an address may not be dialled; null when it may. */
export function refusal(address: string, local: boolean): DialError | null {
  const kind = addressKind(address);
  if (kind === 'forbidden') return new DialError('forbidden_address');
  return kind !== 'public' && !local ? new DialError('private_address') : null;
}

/**
 * undici's connector with three address checks: a literal address before it is dialled, a name's addresses before one
 * is dialled, and the peer's actual address before a byte is written (including the TLS hello). A DNS hook alone would
 * never see literal addresses. Certificates are always verified, whatever the environment says.
 */
export function createDialler({ local, connectMs, resolver = systemLookup }: DialOptions): Dialler {
  const connect = buildConnector({
    allowH2: false,
    // The timer below replaces undici's, which is up to half a second late and cannot tell DNS from the connection.
    timeout: 0,
    rejectUnauthorized: true,
    lookup: checkedLookup(resolver, local),
  });
  const open = new Set<Socket>();
  return {
    dial: (options, callback) => {
      const named = isIP(options.hostname) === 0;
      const literalRefused = named ? null : refusal(options.hostname, local);
      if (literalRefused !== null) {
        process.nextTick(callback, literalRefused, null);
        return null;
      }
      let step: DialFault = named ? 'dns' : 'connect';
      let failure: DialError | null = null;
      const fail = (error: DialError): void => {
        failure = error;
        socket.destroy(error);
      };
      const timer = setTimeout(() => fail(new DialError(step === 'connect' ? 'timeout' : step)), connectMs);
      // It returns the socket, although its type does not declare that (undici 8, lib/core/connect.js).
      const socket = connect(options, (error, connected) => {
        clearTimeout(timer);
        open.delete(socket);
        const fault = failure ?? (error === null ? null : asDialError(error, step));
        if (fault === null && connected !== null) callback(null, connected);
        else callback(fault ?? new DialError('connect'), null);
      }) as unknown as Socket;
      open.add(socket);
      socket.on('lookup', (error: Error | null) => {
        if (error === null) step = 'connect';
      });
      // Prepended to run before undici passes the socket on and before Node starts the TLS handshake.
      socket.prependOnceListener('connect', () => {
        step = 'tls';
        const refused = refusal(socket.remoteAddress ?? '', local);
        if (refused !== null) fail(refused);
      });
      return socket;
    },
    stop: () => {
      for (const socket of open) socket.destroy(new DialError('stopped'));
    },
  };
}

/** Why none of a name's addresses may be dialled. */
function refusalOf(addresses: readonly LookupAddress[], local: boolean): Error {
  const first = addresses[0];
  return (first === undefined ? null : refusal(first.address, local)) ?? new DialError('dns');
}

function asDialError(error: Error, step: DialFault): DialError {
  return error instanceof DialError ? error : new DialError(step, error);
}

/**
 * Resolves a name and drops the addresses that may not be dialled. All dials of the provider share one lookup at a
 * time, so that a hanging resolver blocks one thread of libuv's pool, not all of them.
 */
function checkedLookup(resolver: Resolver, local: boolean): LookupFunction {
  type Waiting = Parameters<LookupFunction>[2];
  let waiting: { callback: Waiting; all: boolean }[] | null = null;
  const answer = (callback: Waiting, all: boolean, error: Error | null, addresses: LookupAddress[]): void => {
    const allowed = addresses.filter(({ address }) => refusal(address, local) === null);
    const first = allowed[0];
    if (error !== null) callback(error, '');
    else if (first === undefined) callback(refusalOf(addresses, local), '');
    else if (all) callback(null, allowed);
    else callback(null, first.address, first.family);
  };
  return (hostname, options, callback) => {
    const all = options.all === true;
    if (waiting !== null) {
      waiting.push({ callback, all });
      return;
    }
    waiting = [{ callback, all }];
    resolver(hostname, { ...options, all: true }, (error, addresses = []) => {
      const waiters = waiting ?? [];
      waiting = null;
      for (const one of waiters) answer(one.callback, one.all, error, addresses);
    });
  };
}
