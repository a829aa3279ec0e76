import type { MediaSource } from '../../../protocol/chat.ts';
import { invalidField } from '../../read/field-error.ts';

const WEB_URL = /^https?:\/\//i;
const DATA_URL = /^data:([^,]{0,512}),/i;

/** What has to be mended in base64: line breaks, percent escapes, the alphabet of URLs. */
const UNUSUAL_BASE64 = /[\s%\-_]/;
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** Media types as Anthropic knows them. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['application/x-pdf', 'application/pdf'],
]);

/** The first characters of base64 that tell a type where the client does not (`data:;base64,…`). */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['/9j/', 'image/jpeg'],
  ['iVBORw0KGgo', 'image/png'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['JVBERi', 'application/pdf'],
];

/**
 * Reads a web address or a data URL, with its variants made regular (wire case 91): synonyms of media types, a blank
 * type, line breaks, missing padding, unencoded text. Throws `invalid_body` for anything else.
 */
export function readMediaUrl(url: string, path: string): MediaSource {
  if (WEB_URL.test(url)) return { kind: 'url', url };
  const match = DATA_URL.exec(url);
  if (match === null) throw invalidField(path, 'an http(s) URL or a data URL');
  const [type = '', ...options] = (match[1] ?? '').toLowerCase().split(';');
  const payload = url.slice(match[0].length);
  const isBase64 = options.some((option) => option.trim() === 'base64');
  const data = isBase64 ? regularBase64(payload, path) : encodeText(payload, path);
  const mediaType = type.trim() === '' ? sniffMediaType(data) : (SYNONYMS.get(type.trim()) ?? type.trim());
  if (mediaType === null) throw invalidField(path, 'a data URL that names its media type');
  return { kind: 'base64', mediaType, data };
}

/**
 * Base64 with padding and in its usual alphabet, without line breaks. Throws `invalid_body` when it is none; `path`
 * leads to it.
 */
export function regularBase64(text: string, path: string): string {
  let data = text;
  if (UNUSUAL_BASE64.test(data)) {
    data = unescape(data, path).replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  }
  const bare = data.replace(/={1,2}$/, '');
  if (bare === '' || bare.length % 4 === 1 || NOT_BASE64.test(bare)) throw invalidField(path, 'base64');
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

/** The media type that the first bytes show; null for one that is not known. */
export function sniffMediaType(data: string): string | null {
  return SIGNATURES.find(([start]) => data.startsWith(start))?.[1] ?? null;
}

function encodeText(payload: string, path: string): string {
  return Buffer.from(unescape(payload, path)).toString('base64');
}

function unescape(text: string, path: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidField(path, 'a data URL whose percent escapes are whole');
  }
}
