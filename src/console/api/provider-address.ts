import type { Provider } from './types.ts';

/** The address of a provider; of one whose servers Laneway runs, those of the running ones. */
export function addressText({ base_url: url, servers }: Pick<Provider, 'base_url' | 'servers'>): string {
  if (servers === null) return url;
  return servers.length === 0 ? 'started by Laneway' : servers.join(', ');
}
