import type { MediaSource } from '../../protocol/chat.ts';
import { invalidField } from './field-error.ts';

const WEB_URL = /^https?:\/\//i;
const DATA_URL = /^data:([^,]{0,512}),/i;

/** Base64 that needs normalizing: line breaks, percent escapes, the URL-safe alphabet. */
const UNUSUAL_BASE64 = /[\s%\-_]/;
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** Non-standard media types, with the names that Anthropic accepts. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['application/x-pdf', 'application/pdf'],
]);

/** Leading base64 characters of known types, for a data URL without a media type (`data:;base64,…`). */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['/9j/', 'image/jpeg'],
  ['iVBORw0KGgo', 'image/png'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['JVBERi', 'application/pdf'],
];

/**
 * Parses an http(s) or data URL and normalizes its variants (wire case 91): media type synonyms, a missing type, line
 * breaks, missing padding, unencoded text. Throws `invalid_body` for anything else.
 */
export function readMediaUrl(url: string, path: string): MediaSource {
  if (WEB_URL.test(url)) return { kind: 'url', url };
  const match = DATA_URL.exec(url);
  if (match === null) throw invalidField(path, 'an http(s) URL or a data URL');
  const [type = '', ...options] = (match[1] ?? '').toLowerCase().split(';');
  const payload = url.slice(match[0].length);
  const isBase64 = options.some((option) => option.trim() === 'base64');
  const data = isBase64 ? normalizeBase64(payload, path) : encodeText(payload, path);
  const mediaType = type.trim() === '' ? sniffMediaType(data) : (SYNONYMS.get(type.trim()) ?? type.trim());
  if (mediaType === null) throw invalidField(path, 'a data URL with a media type');
  return { kind: 'base64', mediaType, data };
}

/**
 * Returns base64 in the standard alphabet, padded and without line breaks. Throws `invalid_body` when `text` is not
 * base64; `path` locates it in the request.
 */
export function normalizeBase64(text: string, path: string): string {
  let data = text;
  if (UNUSUAL_BASE64.test(data)) {
    data = unescape(data, path).replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  }
  const bare = data.replace(/={1,2}$/, '');
  if (bare === '' || bare.length % 4 === 1 || NOT_BASE64.test(bare)) throw invalidField(path, 'base64');
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

/** The media type that the leading bytes indicate; null when unknown. */
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
    throw invalidField(path, 'a data URL with valid percent escapes');
  }
}

/** The URL of an image or document: its own, or a data URL. */
export function mediaUrl(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
