import { hostKind, type HostKind } from '../../util/network-address.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';

/** A base URL in the one form that the rest relies on, or what is wrong with it (never with the URL in it). */
export type BaseUrl =
  | { readonly url: string; readonly host: HostKind; readonly scheme: 'http' | 'https' }
  | { readonly fault: string };

/** Pasted from a page about one call: the base URL ends before it. */
const ENDPOINT = /\/(chat\/completions|completions|embeddings|responses|messages|api\/(chat|generate|tags))$/;

/**
 * Reads a provider's base URL: what the type's own SDK takes (DESIGN section 3). A left-out path becomes the type's
 * usual one, a superfluous `/v1` goes; the result has no trailing slash.
 */
export function readBaseUrl(written: string, type: ProviderTypeInfo): BaseUrl {
  const example = type.defaultBaseUrl ?? `https://host${type.basePath}`;
  const url = URL.parse(written);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return { fault: `must be a URL that begins with http:// or https://, such as ${example}` };
  }
  if (url.username !== '' || url.password !== '') {
    return { fault: 'must not hold credentials: write the key as api_key, "env:NAME"' };
  }
  if (/[?#]/.test(written)) return { fault: 'must have no query and no fragment' };
  const host = hostKind(url.hostname);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') {
    return {
      fault: `${url.hostname} is an address to listen on: write 127.0.0.1, or the address of the machine`,
    };
  }
  if (host === 'forbidden') {
    return { fault: 'link-local, multicast, tunnel and metadata addresses are never a provider' };
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (ENDPOINT.test(path)) return { fault: `must end before the path of the single call, as in ${example}` };
  return {
    url: url.origin + fullPath(path, type.basePath),
    host,
    scheme: url.protocol === 'http:' ? 'http' : 'https',
  };
}

function fullPath(path: string, basePath: string): string {
  // A beginning of the usual path, the empty one included: https://api.groq.com/openai.
  if (basePath.startsWith(`${path}/`)) return basePath;
  const superfluous = path.endsWith('/v1/v1') || (path.endsWith('/v1') && !basePath.endsWith('/v1'));
  return superfluous ? path.slice(0, -'/v1'.length) : path;
}
