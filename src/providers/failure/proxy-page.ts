/** The beginning of an HTML page. */
const HTML = /^\s*(?:<!doctype html|<html|<head|<body|<center|<h1)/i;

/** Statuses that a proxy sends for a path that it does not route. */
const NO_ROUTE: ReadonlySet<number> = new Set([404, 405, 410]);

/**
 * A text that only names its status, as proxies write it: `Bad Request`, Cloudflare's `error code: 1003`. Servers
 * written in Rust describe a fault of the request in plain text too, so other texts are the server's own.
 */
const STATUS_TEXT = /^(?:error code: \d+|(?:\d{3}[\s:-]*)?bad request\.?)$/i;

/**
 * Is this reply the page of a proxy or of another service, rather than an error of the API? It says nothing about the
 * request. `text` is the whole body.
 */
export function isProxyPage(status: number, text: string): boolean {
  if (status < 400 || status > 499) return false;
  if (isHtml(text)) return true;
  if (isJson(text)) return false;
  return NO_ROUTE.has(status) || STATUS_TEXT.test(text.trim());
}

/** Is this text the beginning of an HTML page? */
export function isHtml(text: string): boolean {
  return HTML.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return /^\s*[[{]/.test(text);
  }
}
