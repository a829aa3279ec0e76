import ipaddr from 'ipaddr.js';

/**
 * What a URL's host is: `forbidden` are link-local, unspecified, multicast and broadcast addresses and the metadata
 * services of the clouds (DESIGN section 3, reliability section 5); `name` is a DNS name, whose address only the
 * connection shows.
 */
export type HostKind = 'loopback' | 'private' | 'forbidden' | 'public' | 'name';

/** Metadata services that lie outside the link-local ranges: Alibaba, Oracle and AWS over IPv6. */
const METADATA_ADDRESSES = new Set(['100.100.100.200', '192.0.0.192', 'fd00:ec2::254']);
const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

const KIND_OF_RANGE: Readonly<Record<string, HostKind>> = {
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  deprecatedSiteLocal: 'private',
  unspecified: 'forbidden',
  linkLocal: 'forbidden',
  multicast: 'forbidden',
  broadcast: 'forbidden',
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
  if (METADATA_ADDRESSES.has(address.toString())) return 'forbidden';
  return KIND_OF_RANGE[address.range()] ?? 'public';
}
