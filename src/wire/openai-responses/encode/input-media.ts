import { mediaUrl } from '../../fields/data-url.ts';
import type { JsonObject } from '../../json/value.ts';
import { type Media, UNNAMED_FILE } from '../../chat/request/content-parts.ts';

/** An image or a file as a part of the input. The API fetches both from URLs. */
export function encodeInputMedia(part: Media): JsonObject {
  const { source } = part;
  if (part.type === 'image')
    return { type: 'input_image', image_url: mediaUrl(source), detail: part.detail ?? 'auto' };
  if (source.kind === 'url') return { type: 'input_file', file_url: source.url };
  return { type: 'input_file', filename: part.name ?? UNNAMED_FILE, file_data: mediaUrl(source) };
}
