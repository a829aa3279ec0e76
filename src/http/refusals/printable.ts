/** Characters of a text from a client that are kept. */
const TEXT_MAX = 200;

/** What looks like a key: a vendor's prefix, or a long run of letters and digits. */
const KEY_LIKE = /\b(?:sk|pk|rk|gsk|xai|hf|nvapi|lw)[-_][\w.*-]{6,}|\bAIza[\w-]{10,}|\b[\w-]{40,}/g;

/** A client's text for logs and lists: without control characters and keys, cut to `max` characters. */
export function printable(text: string, max: number = TEXT_MAX): string {
  // Cut before the search for keys, whose time grows with the text; a little longer, so that no key is cut in two.
  const head = text.slice(0, 2 * max);
  const clean = head.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(KEY_LIKE, '[key]');
  return clean.length > max ? `${clean.slice(0, max)}…` : clean;
}

/** The path of a request target: without query and fragment, which may hold keys, host and final slash. */
export function pathOf(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  return path.length > 1 ? path.replace(/\/$/, '') : path === '' ? '/' : path;
}
