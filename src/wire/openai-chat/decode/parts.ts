import type { CacheBreakpoint, ImagePart } from '../../../protocol/chat.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { readMediaUrl } from '../../fields/data-url.ts';
import { isThinkingPart } from '../reasoning/thinking-parts.ts';
import { invalidField, untranslatableField, stringAt } from '../../fields/field-error.ts';
import { readCacheBreakpoint, readDocument, type ContentPart } from '../../chat/request/content-parts.ts';

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

function readPart(part: unknown, path: string, kind: ContentKind, cacheTtl: string | null): ContentPart {
  if (!isJsonObject(part)) throw invalidField(path, 'an object');
  const cache = readCacheBreakpoint(part, cacheTtl);
  switch (part['type']) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: stringAt(part, part['type'], path), cache };
    case 'image_url':
      if (kind === 'media') return readImage(part['image_url'], `${path}.image_url`, cache);
      break;
    case 'file':
      if (kind === 'media') return readDocument(part['file'], `${path}.file`, cache);
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
  const source = readMediaUrl(stringAt(image, 'url', path), `${path}.url`);
  return { type: 'image', source, detail: filledString(image['detail']), cache };
}
