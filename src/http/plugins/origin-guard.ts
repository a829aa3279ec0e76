import { GatewayError } from '../../protocol/errors.ts';
import { hostKind } from '../../util/network-address.ts';

/** Who may speak to the gateway without a credential (API section 1). */
export interface OriginRules {
  /** The address listened on. */
  readonly listenHost: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** Host headers seen and accepted; bounded, since callers choose them. */
const ACCEPTED_MAX = 64;

/**
 * Refuses web pages that reach a loopback gateway through a foreign name (DNS rebinding) or from a foreign origin
 * (CSRF): they must not spend the user's keys (reliability S26 to S28). Throws 403.
 */
export function originGuard(
  rules: OriginRules,
): (host: string | undefined, origin: string | undefined) => void {
  const hosts = new Set([rules.listenHost, ...rules.allowedHosts].map((host) => host.toLowerCase()));
  const origins = new Set(rules.allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  const accepted = new Set<string>();

  return (host, origin) => {
    if (host === undefined || !accepted.has(host)) {
      const name = hostName(host ?? '');
      if (
        name === null ||
        !(hostKind(name) === 'loopback' || hosts.has(name) || hosts.has((host ?? '').toLowerCase()))
      ) {
        throw new GatewayError(
          'host_not_allowed',
          `host "${(host ?? '').slice(0, 100)}" is not allowed here; to allow it, add it to LANEWAY_ALLOWED_HOSTS`,
        );
      }
      if (accepted.size < ACCEPTED_MAX && host !== undefined) accepted.add(host);
    }
    if (origin === undefined) return;
    const page = origin.toLowerCase();
    if (origins.has(page)) return;
    const name = /^https?:\/\//.test(page) ? hostName(page.replace(/^https?:\/\//, '')) : null;
    if (name === null || hostKind(name) !== 'loopback') {
      throw new GatewayError(
        'origin_not_allowed',
        `origin "${origin.slice(0, 100)}" is not allowed here; to allow it, add it to LANEWAY_ALLOWED_ORIGINS`,
      );
    }
  };
}

/** The name or address of a Host value, without port and brackets; null when it is not one. */
function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return match === null ? null : (match[1] ?? match[2] ?? '').toLowerCase();
}
