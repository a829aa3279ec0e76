import type { DocumentPart, ImagePart, MediaSource } from '../../../protocol/chat.ts';
import type { JsonObject } from '../../json/value.ts';

/** The API detects the type of a file by its name, so a file needs one. */
const UNNAMED_FILE = 'document.pdf';

/** An image or a file as a part of the input. The API fetches both from URLs. */
export function encodeInputMedia(part: ImagePart | DocumentPart): JsonObject {
  const { source } = part;
  if (part.type === 'image')
    return { type: 'input_image', image_url: urlOf(source), detail: part.detail ?? 'auto' };
  if (source.kind === 'url') return { type: 'input_file', file_url: source.url };
  return { type: 'input_file', filename: part.name ?? UNNAMED_FILE, file_data: urlOf(source) };
}

function urlOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
