import { fetch as undiciFetch, Headers } from 'undici';
import type { Dispatcher, RequestInit, Response } from 'undici';

/**
 * `fetch` bound to one provider, for the SDKs and the probes: no other origin, no redirects (they would leak the key),
 * no compression, and the provider's headers override those of the SDK. The origin is checked here because undici's
 * pool ignores the origin of a request: a foreign URL would reach the provider's server with a foreign path.
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
  // undici and Node declare the types of the same classes separately.
  return fetchHere as unknown as typeof globalThis.fetch;
}
