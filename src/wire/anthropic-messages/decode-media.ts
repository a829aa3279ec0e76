import type { CacheMark, MediaSource } from '../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { invalidField, unsupportedField } from '../read/field-error.ts';

/** The mark that a block carries in `cache_control`; null where it carries none. */
export function cacheMark(block: JsonObject): CacheMark | null {
  const control = block['cache_control'];
  return isJsonObject(control) ? { ttl: filledString(control['ttl']) } : null;
}

/**
 * Reads the source of a picture or a document. Plain text becomes base64 of `text/plain`. Throws a `GatewayError`
 * `unsupported_parameter` for a file in the vendor's store, which no other vendor can open.
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
        `'${path}' is a file in Anthropic's store, which this model's API cannot open; send it as base64 or URL.`,
      );
    default:
      throw invalidField(`${path}.type`, "'base64', 'url' or 'text'");
  }
}

function stringAt(source: JsonObject, key: string, path: string): string {
  const value = source[key];
  if (typeof value !== 'string') throw invalidField(`${path}.${key}`, 'a string');
  return value;
}
