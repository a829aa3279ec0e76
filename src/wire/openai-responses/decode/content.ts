import type { ImagePart } from '../../../protocol/chat.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { readMediaUrl } from '../../openai-chat/decode/data-url.ts';
import { readCacheBreakpoint, readFile, type ContentPart } from '../../openai-chat/decode/parts.ts';

/** What content may hold: text alone, or text and media. */
export type ContentKind = 'text' | 'media';

/**
 * Reads the content of a message or of a tool's output: a string or a list of parts; null and absent count as empty, and
 * empty texts are dropped. Throws a `GatewayError`: `unsupported_parameter` for parts that no other wire can express and
 * for files stored at OpenAI, `invalid_body` for a wrong shape.
 */
export function readContent(content: unknown, path: string, kind: ContentKind): ContentPart[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, cache: null }];
  if (!Array.isArray(content)) throw invalidField(path, 'a string or an array of parts');
  return content
    .map((part: unknown, index) => readPart(part, `${path}[${index}]`, kind))
    .filter((part) => part.type !== 'text' || part.text !== '');
}

function readPart(part: unknown, path: string, kind: ContentKind): ContentPart {
  if (!isJsonObject(part)) throw invalidField(path, 'an object');
  const cache = readCacheBreakpoint(part, null);
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return { type: 'text', text: readString(part, 'text', path), cache };
    case 'refusal':
      return { type: 'text', text: readString(part, 'refusal', path), cache };
    case 'input_image':
      if (kind === 'media') return { ...readImage(part, path), cache };
      break;
    case 'input_file':
      if (kind === 'media') return readFile(part, path, cache);
      break;
  }
  throw untranslatableField(path);
}

function readImage(part: JsonObject, path: string): ImagePart {
  const url = part['image_url'] ?? null;
  if (url === null && typeof part['file_id'] === 'string') {
    throw untranslatableField(`${path}.file_id`, "Send the image as a data URL in 'image_url'.");
  }
  const source = readMediaUrl(readString(part, 'image_url', path), `${path}.image_url`);
  const detail = filledString(part['detail']);
  // `original` is known to this API only.
  return { type: 'image', source, detail: detail === 'original' ? 'high' : detail, cache: null };
}

function readString(holder: JsonObject, key: string, path: string): string {
  const value = holder[key];
  if (typeof value !== 'string') throw invalidField(`${path}.${key}`, 'a string');
  return value;
}
