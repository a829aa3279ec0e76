import { GatewayError } from '../../protocol/errors.ts';
import { addressKind, hostKind } from '../../util/network-address.ts';

/** Which callers may use the gateway without a credential. */
export interface OriginRules {
  /** The address listened on. `0.0.0.0` and `::` mean every address of the machine and are not valid as a Host. */
  readonly listenHost: string;
  /** Lower case; with a port, only that port is allowed. */
  readonly allowedHosts: readonly string[];
  /** As browsers send them; `*` is ignored here. */
  readonly allowedOrigins: readonly string[];
}

/** Limit of the cache of accepted Host headers, which callers choose. */
const ACCEPTED_MAX = 64;

/** Addresses that mean all: a page can reach the gateway through them, so they prove nothing as a Host. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

/**
 * Detects web pages that reach the gateway through a foreign host name (DNS rebinding) or from a foreign origin (CSRF):
 * they must not be able to spend the user's keys.
 */
export class OriginGuard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #accepted = new Set<string>();

  constructor(rules: OriginRules) {
    const listenHosts = WILDCARDS.includes(rules.listenHost) ? [] : [rules.listenHost];
    this.#hosts = new Set([...listenHosts, ...rules.allowedHosts].map((host) => host.toLowerCase()));
    this.#origins = new Set(rules.allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  }

  /**
   * Accepts a Host that is a loopback name or address, the address listened on, or listed. On a wildcard bind the address
   * listened on is the local address of the connection: a Host that is an address was not resolved from a name, so DNS
   * rebinding cannot have produced it.
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

  /** Accepts an origin whose host is loopback, or that is listed. */
  allowsOrigin(origin: string): boolean {
    const page = origin.toLowerCase();
    if (this.#origins.has(page)) return true;
    const name = /^https?:\/\//.test(page) ? hostName(page.replace(/^https?:\/\//, '')) : null;
    return name !== null && hostKind(name) === 'loopback';
  }
}

/** 403 `host_not_allowed`. `keyHelps`: with a credential, any Host would be accepted. */
export function hostNotAllowed(host: string, keyHelps: boolean): GatewayError {
  const fix = keyHelps ? 'send an API key, or add it to' : 'add it to';
  return new GatewayError(
    'host_not_allowed',
    `host "${host.slice(0, 100)}" is not allowed; to allow it, ${fix} LANEWAY_ALLOWED_HOSTS`,
  );
}

/** 403 `origin_not_allowed`, for a page of another site. */
export function originNotAllowed(origin: string, keyHelps: boolean): GatewayError {
  const key = keyHelps ? 'send an API key, or ' : '';
  const fix =
    origin === 'null'
      ? `${key}open the page from a web server, whose origin can be allowed`
      : `to allow it, ${key}add it to LANEWAY_ALLOWED_ORIGINS`;
  return new GatewayError('origin_not_allowed', `origin "${origin.slice(0, 100)}" is not allowed; ${fix}`);
}

/** The name or address in a Host value, without port and brackets; null when malformed. */
function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return match === null ? null : (match[1] ?? match[2] ?? '').toLowerCase();
}

/** `local` is as the kernel reports it: on an IPv6 socket, IPv4 addresses are `::ffff:a.b.c.d`. */
function isSameAddress(name: string, local: string | undefined): boolean {
  if (local === undefined || addressKind(local) === 'forbidden') return false;
  return local.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '') === name;
}
