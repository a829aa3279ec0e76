import { readFileSync } from 'node:fs';
import tls from 'node:tls';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Trusts the certificates of a PEM file besides the default ones, for a `NODE_EXTRA_CA_CERTS` that is in `.env`: Node
 * itself reads that variable before `.env` is read. Returns what went wrong; null when nothing did.
 */
export function trustExtraCa(path: string): string | null {
  try {
    const extra = readFileSync(path, 'utf8').match(CERTIFICATE);
    if (extra === null) return `NODE_EXTRA_CA_CERTS: ${path} contains no certificate in PEM`;
    // A named import of it would keep the gateway from starting there.
    if (!('setDefaultCACertificates' in tls))
      return `NODE_EXTRA_CA_CERTS: Node ${process.version} reads it from the environment only, not from .env`;
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...extra]);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return `NODE_EXTRA_CA_CERTS: the certificates in ${path} cannot be used (${code})`;
  }
}
