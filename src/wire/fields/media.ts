import { GatewayError } from '../../protocol/errors.ts';

/** Number of characters of a media string that are checked. */
export const MEDIA_PREFIX_LENGTH = 256;

const ACCEPTED_URL = /^(?:https?:|data:)/i;
const BASE64 = /^[A-Za-z0-9+/=_\-\s]*$/;

/** What a media string must be: `url` an http(s) or data: URL; `data` that, or base64. */
export type MediaKind = 'url' | 'data';

/** The keys of a content part that carry media, as a string or one level deeper. */
export const MEDIA_PARTS: ReadonlyMap<string, MediaKind> = new Map([
  ['image_url', 'url'],
  ['video_url', 'url'],
  ['audio_url', 'url'],
  ['input_audio', 'data'],
  ['file', 'data'],
]);

/** The keys of a nested media value that hold the media itself. */
export const MEDIA_VALUES: ReadonlyMap<string, MediaKind> = new Map([
  ['url', 'url'],
  ['file_url', 'url'],
  ['data', 'data'],
  ['file_data', 'data'],
]);

/** Is the start of a media string, before unescaping, already a web or data URL? */
export function isAcceptedUrl(prefix: string): boolean {
  return ACCEPTED_URL.test(prefix);
}

/**
 * Throws `invalid_body` when `prefix`, the first characters of a media string, may be the path of a local file:
 * llama-server reads those (wire case 90). `param` is the path to the string.
 */
export function checkMedia(prefix: string, kind: MediaKind, param: string): void {
  if (isAcceptedUrl(prefix)) return;
  if (kind === 'data' && BASE64.test(prefix.slice(0, MEDIA_PREFIX_LENGTH))) return;
  const wanted = kind === 'url' ? 'an http(s) or data: URL' : 'base64 or a data: URL';
  throw new GatewayError('invalid_body', `'${param}' must be ${wanted}; local files are not read.`, {
    param,
  });
}
