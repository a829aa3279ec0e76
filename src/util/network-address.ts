import ipaddr from 'ipaddr.js';

/**
 * Kind of an address, as far as a gateway that holds keys is concerned. `loopback` and `private`: this machine and its
 * network, for local providers only. `forbidden`: link-local, metadata services, and ranges without servers such as
 * multicast; never connected to.
 */
export type AddressKind = 'public' | 'loopback' | 'private' | 'forbidden';

/** Kind of a URL's host; `name` is a DNS name, whose address is known only when connecting. */
export type HostKind = AddressKind | 'name';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Metadata services outside the link-local range: AWS (IPv6), Google (IPv6), Alibaba, Oracle, Azure's WireServer.
 * Access to one of them exposes the machine's own cloud credentials.
 */
const METADATA = new Set(
  ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'].map((address) =>
    ipaddr.parse(address).toNormalizedString(),
  ),
);

/** Range names of ipaddr.js. Ranges in neither list, such as multicast and tunnels, are forbidden. */
const PUBLIC_RANGES: readonly string[] = ['unicast'];
const PRIVATE_RANGES: readonly string[] = [
  'private',
  'carrierGradeNat',
  'uniqueLocal',
  // 0.0.0.0 and :: reach this machine on Linux.
  'unspecified',
  // Test and benchmark networks: some local proxies resolve every name to 198.18.0.0/15.
  'reserved',
];

/** IPv6 ranges with an embedded IPv4 address, which determines the kind: the offset of its four bytes. */
const EMBEDDED: Readonly<Record<string, number>> = {
  ipv4Mapped: 12,
  rfc6145: 12,
  rfc6052: 12,
  '6to4': 2,
};

/**
 * Classifies an address in the notation of the kernel or the resolver. Text that is not an address is forbidden. IPv4
 * inside IPv6 (mapped, compatible, translated, NAT64, 6to4) is classified by the inner address.
 */
export function addressKind(text: string): AddressKind {
  const plain = text.replace(/%.*$/, '');
  if (!ipaddr.isValid(plain)) return 'forbidden';
  return kindOf(ipaddr.parse(plain));
}

function kindOf(address: Address): AddressKind {
  if (METADATA.has(address.toNormalizedString())) return 'forbidden';
  const range: string = address.range();
  if (range === 'loopback') return 'loopback';
  const inner = address.kind() === 'ipv6' ? innerAddress(address.toByteArray(), range) : null;
  if (inner !== null) return kindOf(inner);
  if (PUBLIC_RANGES.includes(range)) return 'public';
  return PRIVATE_RANGES.includes(range) ? 'private' : 'forbidden';
}

function innerAddress(bytes: readonly number[], range: string): ipaddr.IPv4 | null {
  const start = EMBEDDED[range] ?? (isCompatible(bytes) ? 12 : null);
  // In 64:ff9b:1::/48 (RFC 8215) the position of the inner address is up to the network operator, thus unknown.
  if (start === null || (range === 'rfc6052' && bytes[5] === 1)) return null;
  return new ipaddr.IPv4(bytes.slice(start, start + 4));
}

/** `::a.b.c.d`, the deprecated form that ipaddr.js classifies as unicast. */
function isCompatible(bytes: readonly number[]): boolean {
  return bytes.slice(0, 12).every((byte) => byte === 0);
}

const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

/** Classifies a host in the form of `URL.hostname` (IPv6 with or without brackets). Names are not resolved. */
export function hostKind(host: string): HostKind {
  const name = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  if (METADATA_NAMES.has(name)) return 'forbidden';
  return ipaddr.isValid(name) ? addressKind(name) : 'name';
}
