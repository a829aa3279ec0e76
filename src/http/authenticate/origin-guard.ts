import { GatewayError } from '../../protocol/errors.ts';
import { addressKind, hostKind } from '../../util/network-address.ts';

/** Who may speak to the gateway without a credential (API section 1). */
export interface OriginRules {
  /** The address listened on; `0.0.0.0` and `::` stand for every address of the machine and are no Host themselves. */
  readonly listenHost: string;
  /** Small letters, with a port where only that port is meant. */
  readonly allowedHosts: readonly string[];
  /** As browsers write them; `*` is not looked at here. */
  readonly allowedOrigins: readonly string[];
}

/** Host headers seen and accepted; bounded, since callers choose them. */
const ACCEPTED_MAX = 64;

/** Addresses that stand for all: a page may reach them by name, so that they prove nothing (reliability S26). */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

/**
 * Tells web pages that reach the gateway through a foreign name (DNS rebinding) or from a foreign origin (CSRF) from
 * everybody else: they must not spend the user's keys (reliability S26 to S28).
 */
export class OriginGuard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #accepted = new Set<string>();

  constructor(rules: OriginRules) {
    const listened = WILDCARDS.includes(rules.listenHost) ? [] : [rules.listenHost];
    this.#hosts = new Set([...listened, ...rules.allowedHosts].map((host) => host.toLowerCase()));
    this.#origins = new Set(rules.allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  }

  /**
   * A Host that is a loopback name or address, the address listened on, or allowed by name. On a wildcard bind the
   * address listened on is the one that the connection came in at: a Host that is an address at all was not resolved
   * from a name, so that no page can have put it there by rebinding.
   */
  allowsHost(host: string, connection: { readonly localAddress?: string | undefined }): boolean {
    if (this.#accepted.has(host)) return true;
    const name = hostName(host);
    if (name === null) return false;
    const allowed =
      hostKind(name) === 'loopback' ||
      this.#hosts.has(name) ||
      this.#hosts.has(host.toLowerCase()) ||
      isSameAddress(name, connection.localAddress);
    if (allowed && this.#accepted.size < ACCEPTED_MAX) this.#accepted.add(host);
    return allowed;
  }

  /** An origin whose host is loopback, or that is allowed by name. */
  allowsOrigin(origin: string): boolean {
    const page = origin.toLowerCase();
    if (this.#origins.has(page)) return true;
    const name = /^https?:\/\//.test(page) ? hostName(page.replace(/^https?:\/\//, '')) : null;
    return name !== null && hostKind(name) === 'loopback';
  }
}

/** 403. `keyHelps`: a caller with a credential would be let in whatever its Host is. */
export function hostRefused(host: string, keyHelps: boolean): GatewayError {
  const way = keyHelps ? 'send an API key, or add it to' : 'add it to';
  return new GatewayError(
    'host_not_allowed',
    `host "${host.slice(0, 100)}" is not allowed here; to allow it, ${way} LANEWAY_ALLOWED_HOSTS`,
  );
}

/** 403, for a page of another site. */
export function originRefused(origin: string, keyHelps: boolean): GatewayError {
  const way = keyHelps ? 'send an API key, or add it to' : 'add it to';
  return new GatewayError(
    'origin_not_allowed',
    `origin "${origin.slice(0, 100)}" is not allowed here; to allow it, ${way} LANEWAY_ALLOWED_ORIGINS`,
  );
}

/** The name or address of a Host value, without port and brackets; null when it is not one. */
function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return match === null ? null : (match[1] ?? match[2] ?? '').toLowerCase();
}

/** `local` as the kernel writes it: IPv4 callers of an IPv6 socket stand there as `::ffff:a.b.c.d`. */
function isSameAddress(name: string, local: string | undefined): boolean {
  if (local === undefined || addressKind(local) === 'forbidden') return false;
  return local.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '') === name;
}
