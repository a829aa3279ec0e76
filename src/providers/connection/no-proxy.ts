import { BlockList, isIP } from 'node:net';

/** One entry of `NO_PROXY`. */
interface Entry {
  /** Lower case, without leading and trailing dots; `*` matches every host. */
  readonly host: string;
  /** `*.example.com`: subdomains, but not the domain itself. */
  readonly onlyBelow: boolean;
  /** null: every port. */
  readonly port: number | null;
  /** An address range in CIDR notation; null for a name or an address. */
  readonly range: BlockList | null;
}

/**
 * Whether `NO_PROXY` exempts this URL, with curl's rules: entries separated by commas or spaces; a name matches itself
 * and its subdomains, with or without a leading dot; an address matches itself; CIDR ranges match addresses (names are
 * not resolved); `*` matches everything. Beyond curl, and as in Go and undici: `host:port`, `*.example.com`.
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const host = plain(url.hostname);
  const port = Number(url.port === '' ? 443 : url.port);
  return parse(noProxy).some((entry) => entry !== null && matches(entry, host, port));
}

/** The entries of `NO_PROXY` that match nothing because they are mistyped, such as `10.0.0.0/99`. */
export function unreadableEntries(noProxy: string): string[] {
  const entries = parse(noProxy);
  return words(noProxy).filter((_word, at) => entries[at] === null);
}

function words(noProxy: string): string[] {
  return noProxy.split(/[\s,]+/).filter((word) => word !== '');
}

function parse(noProxy: string): (Entry | null)[] {
  return words(noProxy).map((word) => parseEntry(word.toLowerCase()));
}

/** null when it is unreadable. */
function parseEntry(word: string): Entry | null {
  if (word.includes('://')) return null;
  if (word.includes('/')) return rangeEntry(word);
  const [, host = word, port] = isIP(word) === 0 ? (/^(.*?)(?::(\d{1,5}))?$/.exec(word) ?? []) : [];
  const name = plain(host).replace(/^\*?\.+/, '');
  if (name === '') return null;
  return {
    host: name,
    onlyBelow: host.startsWith('*.'),
    port: port === undefined ? null : Number(port),
    range: null,
  };
}

function rangeEntry(word: string): Entry | null {
  const [, address = '', bits = ''] = /^\[?([^\]/]*)\]?\/(\d{1,3})$/.exec(word) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return null;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return { host: '', onlyBelow: false, port: null, range };
}

function matches(
  { host: wanted, onlyBelow, port: onPort, range }: Entry,
  host: string,
  port: number,
): boolean {
  const version = isIP(host);
  if (range !== null) return version !== 0 && range.check(host, version === 4 ? 'ipv4' : 'ipv6');
  if (onPort !== null && onPort !== port) return false;
  if (wanted === '*') return true;
  if (host === wanted) return !onlyBelow;
  return version === 0 && host.endsWith(`.${wanted}`);
}

/** Without brackets and a trailing dot; addresses in the notation of `URL`. */
function plain(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  if (isIP(bare) !== 6) return bare;
  return URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1) ?? bare;
}
