const FORM = /^\s*multipart\/form-data\s*(?:;|$)/i;

/** RFC 2046, section 5.1.1: at most 70 characters. */
const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70})(?=\s*(?:;|$)))/i;

/** Is this the content type of a form with files? */
export function isForm(contentType: string): boolean {
  return FORM.test(contentType);
}

/** The boundary between the parts of a form; null where the content type is another, or names none. */
export function boundaryOf(contentType: string): string | null {
  if (!isForm(contentType)) return null;
  const [, quoted, bare] = BOUNDARY.exec(contentType) ?? [];
  return quoted ?? bare ?? null;
}

/**
 * Types of replies to direct calls that a client may get: JSON, events, plain text and subtitles, audio, and pictures
 * without scripts. A page of a proxy is none of them.
 */
const PASSED =
  /^(?:application\/(?:json|octet-stream|x-subrip|ogg)|text\/(?:event-stream|plain|vtt|srt)|audio\/[\w.+-]+|image\/(?:png|jpeg|webp|gif)|video\/[\w.+-]+)$/;

const PARAMETERS = /^(?:\s*;\s*[\w-]+=(?:"[^"\\\p{Cc}]*"|[\w.+/-]+))*\s*$/u;

/**
 * The `content-type` with which the client gets a reply, without parameters that are not well formed; null for a type that
 * no such call has. A reply without one is bytes.
 */
export function passedType(contentType: string | null): string | null {
  if (contentType === null) return 'application/octet-stream';
  const end = contentType.indexOf(';');
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  if (!PASSED.test(type)) return null;
  const parameters = end < 0 ? '' : contentType.slice(end);
  return PARAMETERS.test(parameters) ? type + parameters.trimEnd() : type;
}
