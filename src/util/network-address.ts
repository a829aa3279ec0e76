import ipaddr from 'ipaddr.js';

/**
 * What a URL's host is: `forbidden` are link-local, unspecified, multicast and broadcast addresses and the metadata
 * services of the clouds (DESIGN section 3, reliability section 5); `name` is a DNS name, whose address only the
 * connection shows.
 */
export type HostKind = 'loopback' | 'private' | 'forbidden' | 'public' | 'name';

/** Metadata services outside the link-local range: AWS and Google (IPv6), Alibaba, Oracle, Azure's WireServer. */
const METADATA_ADDRESSES = new Set(
  ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'].map((address) =>
    ipaddr.parse(address).toNormalizedString(),
  ),
);
const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

/** Ranges by ipaddr.js's names; the others, such as multicast and tunnels, are forbidden. */
const KIND_OF_RANGE: Readonly<Record<string, HostKind>> = {
  unicast: 'public',
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  // Test and benchmark networks: 198.18.0.0/15 is what local proxies hand out for every name.
  reserved: 'private',
};

/** Judges a host as `URL.hostname` writes it (IPv6 with or without brackets). Names are not looked up. */
export function hostKind(host: string): HostKind {
  const name = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  if (METADATA_NAMES.has(name)) return 'forbidden';
  if (!ipaddr.isValid(name)) return 'name';
  // An IPv4 address inside an IPv6 one is that IPv4 address.
  const address = ipaddr.process(name);
  if (METADATA_ADDRESSES.has(address.toNormalizedString())) return 'forbidden';
  return KIND_OF_RANGE[address.range()] ?? 'forbidden';
}
