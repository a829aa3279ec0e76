import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { addressKind } from '../../util/network-address.ts';

/** Why there is no connection. Told by the step that failed, which is surer than error codes. */
export type DialFault =
  'dns' | 'connect' | 'timeout' | 'tls' | 'private_address' | 'forbidden_address' | 'stopped';

/** No connection came about, so nothing was sent. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly fault: DialFault;
  /** The system's or OpenSSL's own word, such as `ECONNREFUSED`; null where there is none. */
  readonly code: string | null;

  constructor(fault: DialFault, cause: unknown = null) {
    const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : null;
    super(`no connection: ${fault}`);
    this.fault = fault;
    this.code = typeof code === 'string' ? code : null;
  }
}

/** Asks for every address of a name, as `dns.lookup` does; injected so that tests own the answers. */
export type Resolver = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses?: LookupAddress[]) => void,
) => void;

/** What a dialler is told once, for one provider. */
export interface DialOptions {
  /** Private addresses are allowed. */
  readonly local: boolean;
  /** Milliseconds for name, connection and TLS together. */
  readonly connectMs: number;
  readonly resolver?: Resolver;
}

/** Opens the sockets of one provider and checks whom they reached. */
export interface Dialler {
  /** Dials; the callback always comes later, once. The socket is given so that the caller can stop the dial. */
  dial(options: buildConnector.Options, callback: buildConnector.Callback): Socket | null;
  /** Ends every dial that is under way. */
  stop(): void;
}

/** The reason not to speak to an address, or null when it may be called. */
function refusal(address: string, local: boolean): DialError | null {
  const kind = addressKind(address);
  if (kind === 'forbidden') return new DialError('forbidden_address');
  return kind !== 'public' && !local ? new DialError('private_address') : null;
}

/**
 * undici's own connector with three checks around it: a literal address before it is dialled, a name's addresses
 * before one is dialled, and the peer's real address before a byte is written (TLS hello included). A DNS hook
 * alone never sees literals (reliability section 0 point 6). Certificates are verified whatever the environment says.
 */
export function createDialler({ local, connectMs, resolver = systemLookup }: DialOptions): Dialler {
  const connect = buildConnector({
    allowH2: false,
    // Our own timer below: undici's is up to half a second late, and cannot tell DNS from the connection.
    timeout: 0,
    rejectUnauthorized: true,
    lookup: checkedLookup(resolver, local),
  });
  const open = new Set<Socket>();
  return {
    dial: (options, callback) => {
      const named = isIP(options.hostname) === 0;
      const refused = named ? null : refusal(options.hostname, local);
      if (refused !== null) {
        process.nextTick(callback, refused, null);
        return null;
      }
      let step: DialFault = named ? 'dns' : 'connect';
      let failure: DialError | null = null;
      const fail = (error: DialError): void => {
        failure = error;
        socket.destroy(error);
      };
      const timer = setTimeout(() => fail(new DialError(step === 'connect' ? 'timeout' : step)), connectMs);
      // It returns the socket though its type does not say so (undici 8, lib/core/connect.js).
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
      // First in line: before undici hands the socket on, and before Node begins the TLS handshake.
      socket.prependOnceListener('connect', () => {
        step = 'tls';
        const stranger = refusal(socket.remoteAddress ?? '', local);
        if (stranger !== null) fail(stranger);
      });
      return socket;
    },
    stop: () => {
      for (const socket of open) socket.destroy(new DialError('stopped'));
    },
  };
}

/** Why none of a name's addresses may be called. */
function refusalOf(addresses: readonly LookupAddress[], local: boolean): Error {
  const first = addresses[0];
  return (first === undefined ? null : refusal(first.address, local)) ?? new DialError('dns');
}

function asDialError(error: Error, step: DialFault): DialError {
  return error instanceof DialError ? error : new DialError(step, error);
}

/**
 * Resolves a name and leaves out the addresses that may not be called. One question at a time for all dials of
 * the provider: a resolver that hangs holds one thread, not the whole pool (reliability F1).
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
      const asked = waiting ?? [];
      waiting = null;
      for (const one of asked) answer(one.callback, one.all, error, addresses);
    });
  };
}
