/** Hosts of a URL that are this machine, and the address to listen on. */
const LOOPBACK: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  '127.0.0.1': '127.0.0.1',
  '[::1]': '::1',
};

/** Where a server has to listen. */
export interface LoopbackAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a server of this machine has to listen so that it answers at a base URL; null: it cannot, as on another machine. */
export function loopbackAddress(baseUrl: string): LoopbackAddress | null {
  const url = URL.parse(baseUrl);
  const host = url === null ? undefined : LOOPBACK[url.hostname];
  if (host === undefined || url?.protocol !== 'http:' || url.pathname !== '/') return null;
  return { host, port: Number(url.port === '' ? '80' : url.port) };
}
