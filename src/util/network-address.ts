import ipaddr from 'ipaddr.js';

/**
 * What an address is to a gateway that holds keys. `loopback` and `private`: this machine and its network, for
 * providers marked local only. `forbidden`: link-local, metadata services, and what no API lives on; for nobody.
 */
export type AddressKind = 'public' | 'loopback' | 'private' | 'forbidden';

/** What a URL's host is; `name` is a DNS name, whose address only the connection shows. */
export type HostKind = AddressKind | 'name';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Metadata services outside the link-local range: AWS (IPv6), Google (IPv6), Alibaba, Oracle, Azure's WireServer.
 * Reliability cases S1 to S12: whoever reaches one holds the machine's own cloud credentials.
 */
const METADATA = new Set(
  ['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'].map((address) =>
    ipaddr.parse(address).toNormalizedString(),
  ),
);

/** Ranges by ipaddr.js's names. What stands in neither list, such as multicast and tunnels, is forbidden. */
const PUBLIC_RANGES: readonly string[] = ['unicast'];
const PRIVATE_RANGES: readonly string[] = [
  'private',
  'carrierGradeNat',
  'uniqueLocal',
  // 0.0.0.0 and :: reach this machine on Linux.
  'unspecified',
  // Test and benchmark networks: 198.18.0.0/15 is what local proxies hand out for every name.
  'reserved',
];

/** Where an IPv6 range carries an IPv4 address: the first of its four bytes. The inner address decides. */
const EMBEDDED: Readonly<Record<string, number>> = {
  ipv4Mapped: 12,
  rfc6145: 12,
  rfc6052: 12,
  '6to4': 2,
};

/**
 * Judges an address as the kernel or the resolver writes it (reliability B4). A text that is no address is
 * forbidden. IPv4 inside IPv6 (mapped, compatible, translated, NAT64, 6to4) is judged by the inner address.
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
  // RFC 8215's 64:ff9b:1::/48 leaves the place of the inner address to the operator: not to be judged, so none.
  if (start === null || (range === 'rfc6052' && bytes[5] === 1)) return null;
  return new ipaddr.IPv4(bytes.slice(start, start + 4));
}

/** `::a.b.c.d`, the deprecated form that ipaddr.js counts as unicast. */
function isCompatible(bytes: readonly number[]): boolean {
  return bytes.slice(0, 12).every((byte) => byte === 0);
}

const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

/** Judges a host as `URL.hostname` writes it (IPv6 with or without brackets). Names are not looked up. */
export function hostKind(host: string): HostKind {
  const name = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  if (METADATA_NAMES.has(name)) return 'forbidden';
  return ipaddr.isValid(name) ? addressKind(name) : 'name';
}
