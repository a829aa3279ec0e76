import type { DocumentPart, ImagePart, MediaSource } from '../../../protocol/chat.ts';
import { unsupportedField } from '../../fields/field-error.ts';
import type { OpenAiTraits } from '../dialect.ts';

/** A part of a message's content. */
export type ContentPart = Readonly<Record<string, unknown>> & { readonly type: string };

/** A part that is not text. */
export type Media = ImagePart | DocumentPart;

/** OpenAI detects the file type by the name, so a file needs one. */
const UNNAMED_FILE = 'document.pdf';

/** A plain-text file as text, after its name if it has one: it needs no file part. Null for other media. */
export function inlineText({ type, source, ...part }: Media): string | null {
  if (type !== 'document' || source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return null;
  const text = Buffer.from(source.data, 'base64').toString('utf8');
  return 'name' in part && part.name !== null ? `${part.name}:\n${text}` : text;
}

/**
 * Writes an image or a file. Throws a `GatewayError` `unsupported_parameter` for a URL that the upstream does not
 * fetch: files must be inline on OpenAI's chat wire, and so must images for Ollama (wire case 89).
 */
export function encodeMedia(part: Media, traits: OpenAiTraits): ContentPart {
  if (part.type === 'document') return encodeDocument(part);
  if (part.source.kind === 'url' && !traits.imageUrls) {
    throw unsupportedField(
      'messages',
      "This model's server does not fetch images: send the image itself, as base64.",
    );
  }
  const detail = part.detail === null ? null : { detail: part.detail };
  return { type: 'image_url', image_url: { url: urlOf(part.source), ...detail } };
}

function encodeDocument({ source, name }: DocumentPart): ContentPart {
  if (source.kind === 'url') {
    throw unsupportedField(
      'messages',
      "This model's API does not fetch documents: send the document itself, as base64.",
    );
  }
  return { type: 'file', file: { filename: name ?? UNNAMED_FILE, file_data: urlOf(source) } };
}

function urlOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
