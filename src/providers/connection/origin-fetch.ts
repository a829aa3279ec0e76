import { fetch as undiciFetch, Headers } from 'undici';
import type { Dispatcher, RequestInit, Response } from 'undici';

/**
 * `fetch` bound to one provider, for the SDKs and the probes: never another origin, never a redirect (a key must
 * not follow one), no compression, and the provider's own headers over whatever an SDK set. undici's pool ignores
 * the origin of a request, so that a foreign URL would reach the provider's server with a foreign path: hence the
 * check here.
 */
export function createOriginFetch(
  origin: string,
  dispatcher: Dispatcher,
  ownHeaders: Readonly<Record<string, string>> = {},
): typeof globalThis.fetch {
  const fetchHere = async (input: unknown, init?: RequestInit): Promise<Response> => {
    if (typeof input !== 'string' && !(input instanceof URL)) {
      throw new TypeError('this fetch takes a URL, not a Request');
    }
    const url = new URL(input);
    if (url.origin !== origin) throw new TypeError(`this fetch goes to ${origin} only`);
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(ownHeaders)) headers.set(name, value);
    headers.set('accept-encoding', 'identity');
    return undiciFetch(url, { ...init, headers, dispatcher, redirect: 'error' });
  };
  // undici's types and Node's describe the same classes apart.
  return fetchHere as unknown as typeof globalThis.fetch;
}
