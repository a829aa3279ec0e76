import type {
  CacheBreakpoint,
  DocumentPart,
  ImagePart,
  MediaSource,
  TextPart,
} from '../../../protocol/chat.ts';
import { normalizeBase64, readMediaUrl, sniffMediaType } from '../../fields/data-url.ts';
import { invalidField, stringAt, untranslatableField } from '../../fields/field-error.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';

/** A part of a message's content. */
export type ContentPart = TextPart | ImagePart | DocumentPart;

/** A part that is not text. */
export type Media = ImagePart | DocumentPart;

/** OpenAI detects the type of a file by its name, so a file needs one. */
export const UNNAMED_FILE = 'document.pdf';

/**
 * The cache breakpoint of a part, message or tool: Anthropic's `cache_control`, which gateways accept on OpenAI's
 * wires too, or OpenAI's `prompt_cache_breakpoint` (wire case 121). Null when absent.
 */
export function readCacheBreakpoint(holder: JsonObject, cacheTtl: string | null): CacheBreakpoint | null {
  const breakpoint = holder['cache_control'] ?? holder['prompt_cache_breakpoint'];
  return isJsonObject(breakpoint) ? { ttl: filledString(breakpoint['ttl']) ?? cacheTtl } : null;
}

/**
 * Reads a document: `file_data` or `file_url`, with `filename`. Throws a `GatewayError`: `unsupported_parameter` for a
 * file that is stored at the vendor or of another type, `invalid_body` for a wrong shape.
 */
export function readDocument(file: unknown, path: string, cache: CacheBreakpoint | null): DocumentPart {
  if (!isJsonObject(file)) throw invalidField(path, 'an object with file_data');
  const key = file['file_url'] !== undefined ? 'file_url' : 'file_data';
  const data = file[key] ?? null;
  if (data === null && typeof file['file_id'] === 'string') {
    throw untranslatableField(`${path}.file_id`, "Send the file's bytes as a data URL in 'file_data'.");
  }
  const source = readFileSource(stringAt(file, key, path), `${path}.${key}`);
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

/** A plain-text file as text, after its name if it has one: it needs no file part. Null for other media. */
export function inlineText({ type, source, ...part }: Media): string | null {
  if (type !== 'document' || source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return null;
  const text = Buffer.from(source.data, 'base64').toString('utf8');
  return 'name' in part && part.name !== null ? `${part.name}:\n${text}` : text;
}
