import { hostKind, type HostKind } from '../../util/network-address.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';

/** A normalized base URL, or a fault that never contains the URL. */
export type BaseUrl =
  | { readonly url: string; readonly host: HostKind; readonly scheme: 'http' | 'https' }
  | { readonly fault: string };

/** Paths of single API calls, often pasted from their documentation; a base URL must not include them. */
const ENDPOINT =
  /\/(chat\/completions|completions|embeddings|rerank|moderations|audio\/\w+|images\/\w+|responses|messages|models|api\/(chat|generate|tags))$/;

/**
 * Parses a provider's base URL in the form that the vendor's SDK accepts. A missing path becomes the default path of
 * the type, a redundant `/v1` is removed; the result has no trailing slash.
 */
export function readBaseUrl(written: string, type: ProviderTypeInfo): BaseUrl {
  const example = type.defaultBaseUrl ?? `https://host${type.basePath}`;
  const url = URL.parse(written);
  const port = /^https?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(written)?.[1];
  if (url === null && Number(port) > 65_535)
    return { fault: 'is not a valid URL: the port must be at most 65535' };
  if (url === null && /^https?:\/\//i.test(written))
    return { fault: `is not a valid URL; write it like ${example}` };
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return { fault: `must be a URL starting with http:// or https://, such as ${example}` };
  }
  if (url.username !== '' || url.password !== '') {
    return { fault: 'must not contain credentials; set api_key to "env:NAME" instead' };
  }
  if (/[?#]/.test(written))
    return { fault: 'must not have a query or fragment; a key belongs in api_key, as "env:NAME"' };
  const host = hostKind(url.hostname);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') {
    return {
      fault: `${url.hostname} is an address to listen on, not to connect to; use 127.0.0.1 or the address of the server`,
    };
  }
  if (host === 'forbidden') {
    return { fault: 'link-local, multicast, tunnel and metadata addresses are not allowed' };
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (ENDPOINT.test(path))
    return { fault: `must not include the path of an endpoint; use the base URL, for example ${example}` };
  return {
    url: url.origin + fullPath(path, type.basePath),
    host,
    scheme: url.protocol === 'http:' ? 'http' : 'https',
  };
}

function fullPath(path: string, basePath: string): string {
  // A prefix of the default path, possibly empty: https://api.groq.com/openai.
  if (basePath.startsWith(`${path}/`)) return basePath;
  const redundant = path.endsWith('/v1/v1') || (path.endsWith('/v1') && !basePath.endsWith('/v1'));
  return redundant ? path.slice(0, -'/v1'.length) : path;
}
