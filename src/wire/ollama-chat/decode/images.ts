import type { ImagePart } from '../../../protocol/chat.ts';
import { invalidField } from '../../fields/field-error.ts';
import { normalizeBase64, readMediaUrl, sniffMediaType } from '../../openai-chat/decode/data-url.ts';

/** Sent for bytes of an unknown kind, which the vendor rejects with a better reason than Laneway could give. */
const UNKNOWN_KIND = 'image/png';

/**
 * Decodes `images`: base64 without a media type, which the first bytes tell, or a data URL. Throws a `GatewayError`
 * `invalid_body` for anything else; `path` locates the list in the request.
 */
export function decodeImages(images: unknown, path: string): ImagePart[] {
  if (images === null || images === undefined) return [];
  if (!Array.isArray(images)) throw invalidField(path, 'a list of images in base64');
  return images.map((image: unknown, index) => decodeImage(image, `${path}[${index}]`));
}

function decodeImage(image: unknown, path: string): ImagePart {
  if (typeof image !== 'string') throw invalidField(path, 'an image in base64');
  return { type: 'image', source: sourceOf(image, path), detail: null, cache: null };
}

function sourceOf(image: string, path: string): ImagePart['source'] {
  if (/^data:/i.test(image)) return readMediaUrl(image, path);
  const data = normalizeBase64(image, path);
  return { kind: 'base64', mediaType: sniffMediaType(data) ?? UNKNOWN_KIND, data };
}
