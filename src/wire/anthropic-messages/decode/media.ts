import type { CacheBreakpoint, MediaSource } from '../../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { invalidField, unsupportedField, stringAt } from '../../fields/field-error.ts';

/** The cache breakpoint of a block's `cache_control`; null if it has none. */
export function cacheBreakpoint(block: JsonObject): CacheBreakpoint | null {
  const control = block['cache_control'];
  return isJsonObject(control) ? { ttl: filledString(control['ttl']) } : null;
}

/**
 * Decodes the source of an image or document. Plain text becomes base64 of `text/plain`. Throws a `GatewayError`
 * `unsupported_parameter` for a file stored at Anthropic, which no other upstream can open.
 */
export function decodeMediaSource(source: unknown, path: string): MediaSource {
  if (!isJsonObject(source)) throw invalidField(path, 'an object');
  switch (source['type']) {
    case 'base64': {
      const mediaType = stringAt(source, 'media_type', path);
      return { kind: 'base64', mediaType, data: stringAt(source, 'data', path).replace(/\s+/g, '') };
    }
    case 'text': {
      const text = stringAt(source, 'data', path);
      return { kind: 'base64', mediaType: 'text/plain', data: Buffer.from(text).toString('base64') };
    }
    case 'url':
      return { kind: 'url', url: stringAt(source, 'url', path) };
    case 'file':
      throw unsupportedField(
        path,
        `'${path}' is a file stored at Anthropic, which this model's API cannot open; send it as base64 or URL.`,
      );
    default:
      throw invalidField(`${path}.type`, "'base64', 'url' or 'text'");
  }
}
