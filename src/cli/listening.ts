/** A name that a client on this machine can ask for: an address of all networks is none. */
export function hostInUrls(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (isAllNetworks(host)) return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether a gateway that listens there can be reached over every network of the machine. */
export function isAllNetworks(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

/** The address cannot be listened on; the message is one line for people. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
  /** 2: the host is no address of this machine; 5: the port is not to be had (DESIGN section 9). */
  readonly exitCode: 2 | 5;

  constructor(exitCode: 2 | 5, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

const HOST_ADVICE = 'set LANEWAY_HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all networks';

const NO_SUCH_HOST: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such name is known',
  EAI_AGAIN: 'the name could not be looked up',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine has no addresses of that kind',
  EINVAL: 'it is no address to listen on',
};

/** What an error of `listen` means for who started the gateway; any other error comes back as it is. */
export function listenFault(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new CannotListen(
      5,
      `${at} is in use (${code}): another program listens there; set LANEWAY_PORT to another port`,
    );
  }
  if (code === 'EACCES') {
    return new CannotListen(
      5,
      `${at} is not allowed (${code}): ports below 1024 need rights of their own; set LANEWAY_PORT to another port`,
    );
  }
  const why = NO_SUCH_HOST[code];
  if (why === undefined) return error;
  return new CannotListen(2, `environment: LANEWAY_HOST: ${host}: ${why} (${code}); ${HOST_ADVICE}`);
}
