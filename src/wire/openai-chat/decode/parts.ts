import type {
  CacheBreakpoint,
  DocumentPart,
  ImagePart,
  MediaSource,
  TextPart,
} from '../../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { normalizeBase64, readMediaUrl, sniffMediaType } from './data-url.ts';
import { isThinkingPart } from '../thinking-parts.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';

/** A part of a message's content. */
export type ContentPart = TextPart | ImagePart | DocumentPart;

/** What the content of a role may hold: text alone, text and thinking, or text and media. */
export type ContentKind = 'text' | 'answer' | 'media';

/**
 * Reads `content`: a string or a list of parts; null and absent count as empty. Empty texts are dropped, and
 * so is the thinking of an answer, which `thinkingIn` reads. `cacheTtl` is the time to live of cache breakpoints without
 * one. Throws `unsupported_parameter` for parts that no other wire can
 * express, `invalid_body` for a wrong shape, with the path of the part.
 */
export function readContent(
  content: unknown,
  path: string,
  kind: ContentKind,
  cacheTtl: string | null,
): ContentPart[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, cache: null }];
  if (!Array.isArray(content)) throw invalidField(path, 'a string or an array of parts');
  return content
    .flatMap((part: unknown, index) =>
      kind === 'answer' && isThinkingPart(part) ? [] : [readPart(part, `${path}[${index}]`, kind, cacheTtl)],
    )
    .filter((part) => part.type !== 'text' || part.text !== '');
}

/**
 * The cache breakpoint of a part, message or tool: Anthropic's `cache_control`, which gateways accept on this wire
 * too, or OpenAI's `prompt_cache_breakpoint` (wire case 121). Null when absent.
 */
export function readCacheBreakpoint(holder: JsonObject, cacheTtl: string | null): CacheBreakpoint | null {
  const breakpoint = holder['cache_control'] ?? holder['prompt_cache_breakpoint'];
  return isJsonObject(breakpoint) ? { ttl: filledString(breakpoint['ttl']) ?? cacheTtl } : null;
}

function readPart(part: unknown, path: string, kind: ContentKind, cacheTtl: string | null): ContentPart {
  if (!isJsonObject(part)) throw invalidField(path, 'an object');
  const cache = readCacheBreakpoint(part, cacheTtl);
  switch (part['type']) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: readString(part, part['type'], path), cache };
    case 'image_url':
      if (kind === 'media') return readImage(part['image_url'], `${path}.image_url`, cache);
      break;
    case 'file':
      if (kind === 'media') return readFile(part['file'], `${path}.file`, cache);
      break;
  }
  throw untranslatableField(path);
}

/** The URL is in `url`; some clients put it directly into `image_url`. */
function readImage(image: unknown, path: string, cache: CacheBreakpoint | null): ImagePart {
  if (typeof image === 'string') {
    return { type: 'image', source: readMediaUrl(image, path), detail: null, cache };
  }
  if (!isJsonObject(image)) throw invalidField(path, 'an object with a url');
  const source = readMediaUrl(readString(image, 'url', path), `${path}.url`);
  return { type: 'image', source, detail: filledString(image['detail']), cache };
}

/** Reads a document: `file_data` or `file_url`, with `filename`. Throws as `readContent` does. */
export function readFile(file: unknown, path: string, cache: CacheBreakpoint | null): DocumentPart {
  if (!isJsonObject(file)) throw invalidField(path, 'an object with file_data');
  const key = file['file_url'] !== undefined ? 'file_url' : 'file_data';
  const data = file[key] ?? null;
  if (data === null && typeof file['file_id'] === 'string') {
    throw untranslatableField(`${path}.file_id`, "Send the file's bytes as a data URL in 'file_data'.");
  }
  const source = readFileSource(readString(file, key, path), `${path}.${key}`);
  return { type: 'document', source, name: filledString(file['filename']), cache };
}

/** Accepts PDF and text (any text type becomes plain text); bare base64 only if its leading bytes indicate a PDF. */
function readFileSource(data: string, path: string): MediaSource {
  const hint = 'Documents must be PDF or text, as a data URL with a media type.';
  if (!/^(?:data:|https?:)/i.test(data)) {
    const bytes = normalizeBase64(data, path);
    if (sniffMediaType(bytes) !== 'application/pdf') throw untranslatableField(path, hint);
    return { kind: 'base64', mediaType: 'application/pdf', data: bytes };
  }
  const source = readMediaUrl(data, path);
  if (source.kind === 'url' || source.mediaType === 'application/pdf') return source;
  if (source.mediaType.startsWith('text/')) return { ...source, mediaType: 'text/plain' };
  throw untranslatableField(path, hint);
}

function readString(holder: JsonObject, key: string, path: string): string {
  const value = holder[key];
  if (typeof value !== 'string') throw invalidField(`${path}.${key}`, 'a string');
  return value;
}
