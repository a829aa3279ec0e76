const UNKNOWN_CA = 'set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of its CA, and restart';

/** OpenSSL's verdict on a certificate, as Node reports it (Node's documentation, "X509 certificate error codes"). */
const ADVICE: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ['has a self-signed certificate', UNKNOWN_CA],
  SELF_SIGNED_CERT_IN_CHAIN: ['has a certificate of an unknown CA', UNKNOWN_CA],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['has a certificate of an unknown CA', UNKNOWN_CA],
  UNABLE_TO_GET_ISSUER_CERT: ['has a certificate of an unknown CA', UNKNOWN_CA],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['has a certificate of an unknown CA', UNKNOWN_CA],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'has a certificate for another host name',
    'use that name in base_url, or correct the certificate',
  ],
  CERT_HAS_EXPIRED: ['has a certificate that has expired', 'renew it, or check the clock of this machine'],
  CERT_NOT_YET_VALID: ['has a certificate that is not valid yet', 'check the clock of this machine'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['does not speak TLS on this port', 'check the scheme and port of base_url'],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: [
    'does not speak TLS on this port',
    'check the scheme and port of base_url',
  ],
};

/** The summary of a failed TLS handshake with what to do about it; null for codes without advice. */
export function tlsSummary(code: string): string | null {
  const found = ADVICE[code];
  return found === undefined ? null : `${found[0]} (${code}): ${found[1]}`;
}
