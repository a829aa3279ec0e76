import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

import type { Config } from '../config/config.ts';
import { hostKind } from '../util/network-address.ts';
import { isAllNetworks, isPortInUse } from './listening.ts';

/** Where the gateway itself listens. */
export interface OwnAddresses {
  readonly host: string;
  /** Without those that are not known yet (0). */
  readonly ports: readonly number[];
}

/** Is nothing listening on this port yet? Any other obstacle is left to the real `listen`. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  return !isPortInUse(await listenObstacle(host, port));
}

/** Listens for a moment, and returns the error of `listen`; null: a gateway can listen there. */
export function listenObstacle(host: string, port: number): Promise<Error | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port }, () => {
      server.close(() => {
        resolve(null);
      });
    });
  });
}

/**
 * The configuration without the providers whose address is the gateway's own, each with a warning: their lists would name
 * every node and model once more at every probe, and a request would go round until its hop limit.
 */
export function withoutOwnListeners(config: Config, own: OwnAddresses): Config {
  const mine = Object.entries(config.providers).filter(
    ([, { enabled, base_url: url }]) => enabled && isOwn(url, own),
  );
  if (mine.length === 0) return config;
  const disabled = mine.map(
    ([id, provider]) => [id, Object.freeze({ ...provider, enabled: false })] as const,
  );
  return Object.freeze({
    ...config,
    providers: Object.freeze({ ...config.providers, ...Object.fromEntries(disabled) }),
    warnings: Object.freeze([...config.warnings, ...mine.map(([id, { base_url: url }]) => warning(id, url))]),
  });
}

function warning(id: string, url: string): string {
  return `providers.${id}: ${url} is the address of Laneway itself, so it is not used; if there is a server, let it listen on another port and set its address in "base_url" or LANEWAY_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_URL`;
}

/** Whether an address of a provider leads to one of these ports of this machine. */
export function isOwn(baseUrl: string, { host, ports }: OwnAddresses): boolean {
  const url = URL.parse(baseUrl);
  if (url === null || url.protocol !== 'http:') return false;
  if (!ports.includes(Number(url.port === '' ? 80 : url.port))) return false;
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === host.toLowerCase()) return true;
  const isLoopback = hostKind(name) === 'loopback';
  if (!isAllNetworks(host)) return isLoopback && hostKind(host) === 'loopback';
  return isLoopback || addresses().includes(name);
}

/** The addresses of this machine. */
function addresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
}
