/**
 * Headers of an HTML page that loads nothing from other hosts. `allowed`: the directives of its Content-Security-Policy
 * for what it loads; everything else is forbidden.
 */
export function pageHeaders(allowed: string): readonly (readonly [string, string])[] {
  const policy = `default-src 'none'; ${allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return [
    ['content-security-policy', policy],
    ['cache-control', 'no-store'],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['referrer-policy', 'no-referrer'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-resource-policy', 'same-origin'],
  ];
}
