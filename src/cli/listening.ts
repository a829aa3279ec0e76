import type { PortUser } from './port-user.ts';

/** The host for URLs that work on this machine: loopback instead of a wildcard address. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (isAllNetworks(host)) return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether the host is a wildcard address, reachable over every network of the machine. */
export function isAllNetworks(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

/** The gateway cannot listen on the configured address. The message is one line for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** 2: the host is not an address of this machine; 5: the port is in use or not permitted. */
  readonly exitCode: 2 | 5;

  constructor(exitCode: 2 | 5, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

const HOST_ADVICE = 'set LANEWAY_HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all networks';

const NO_SUCH_HOST: Readonly<Record<string, string>> = {
  ENOTFOUND: 'unknown host name',
  EAI_AGAIN: 'host name lookup failed',
  EADDRNOTAVAIL: 'not an address of this machine',
  EAFNOSUPPORT: 'address family not supported by this machine',
  EINVAL: 'not an address to listen on',
};

/** Whether an error of `listen` means that another program has the port. */
export function isPortInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** Why the gateway cannot listen, for the operator. */
export interface ListenProblem {
  /** As in `ListenError`. */
  readonly exitCode: 2 | 5;
  readonly found: string;
  /** What to do about it. */
  readonly advice: string;
}

/**
 * Translates an error of `listen` into a `ListenError` with advice; other errors are returned unchanged. `user` is what
 * answers on a port that is in use.
 */
export function listenError(error: unknown, host: string, port: number, user?: PortUser): unknown {
  const problem = listenProblem(error, host, port, user);
  if (problem === null) return error;
  const { exitCode, found, advice } = problem;
  return new ListenError(
    exitCode,
    exitCode === 2 ? `environment: ${found}; ${advice}` : `${found}: ${advice}`,
  );
}

/** What an error of `listen` means; null for one that is not about the address. `user` as in `listenError`. */
export function listenProblem(
  error: unknown,
  host: string,
  port: number,
  user: PortUser = { kind: 'unknown' },
): ListenProblem | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (code === 'EADDRINUSE') {
    const advice = `set LANEWAY_PORT to another port, such as ${port < 65_535 ? port + 1 : port - 1}`;
    const found = `${at} is already in use (${code})`;
    return { exitCode: 5, found, advice: `${stopUser(user)}, or ${advice}` };
  }
  if (code === 'EACCES') {
    const advice = 'ports below 1024 need special privileges; set LANEWAY_PORT to another port';
    return { exitCode: 5, found: `${at}: permission denied (${code})`, advice };
  }
  const why = NO_SUCH_HOST[code];
  if (why === undefined) return null;
  return { exitCode: 2, found: `LANEWAY_HOST: ${host}: ${why} (${code})`, advice: HOST_ADVICE };
}

function stopUser(user: PortUser): string {
  if (user.kind === 'unknown') return 'stop the other program';
  return user.isDemo
    ? `the demo of Laneway ${user.version} is running there; stop the demo first`
    : `another Laneway (version ${user.version}) is running there; stop it first`;
}
