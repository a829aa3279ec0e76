const FORM = /^\s*multipart\/form-data\s*(?:;|$)/i;

/** Its characters and its length: RFC 2046, section 5.1.1. */
const BOUNDARY = /;\s*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+,./:=?-]{1,70})(?=\s*(?:;|$)))/i;

/** Is this the content type of a form with files? */
export function isForm(contentType: string): boolean {
  return FORM.test(contentType);
}

/** What the content type of a form says. */
export interface FormType {
  /** Separates the parts. */
  readonly boundary: string;
  /**
   * The content type for the upstream: with the boundary as the client wrote it, and nothing else of the client's, since a
   * header with other characters cannot be sent.
   */
  readonly forwarded: string;
}

/** Reads the content type of a form; null for any other, and for one without a valid boundary. */
export function formType(contentType: string): FormType | null {
  if (!isForm(contentType)) return null;
  const [, quoted, bare] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return null;
  const written = quoted === undefined ? boundary : `"${quoted}"`;
  return { boundary, forwarded: `multipart/form-data; boundary=${written}` };
}

/**
 * Types of replies to direct calls that a client may get: JSON, events, plain text and subtitles, audio, and pictures
 * without scripts. A page of a proxy is none of them.
 */
const PASSED =
  /^(?:application\/(?:json|octet-stream|x-subrip|ogg)|text\/(?:event-stream|plain|vtt|srt)|audio\/[\w.+-]+|image\/(?:png|jpeg|webp|gif)|video\/[\w.+-]+)$/;

const PARAMETERS = /^(?:\s*;\s*[\w-]+=(?:"[ !#-[\]-~]*"|[\w.+/-]+))*\s*$/;

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
