/** Where a provider's server is, as a gateway shows it. */
export interface ProviderAddress {
  readonly base_url: string | null;
  /** Addresses of the servers that Laneway runs for it; null: it runs none. Absent: the gateway is of an older version. */
  readonly servers?: readonly string[] | null;
}

/** In place of an address while none of the servers runs that Laneway starts. */
export const STARTED_HERE = 'started by Laneway';

/** The address of a provider; of one whose servers Laneway runs, those of the running ones. */
export function addressText({ base_url: url, servers = null }: ProviderAddress): string {
  if (servers === null) return url ?? '';
  return servers.length === 0 ? STARTED_HERE : servers.join(', ');
}
