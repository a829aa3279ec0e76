import type { DocumentPart, ImagePart, MediaSource } from '../../../protocol/chat.ts';
import { unsupportedField } from '../../read/field-error.ts';
import type { OpenAiTraits } from '../dialect.ts';

/** A part of a message's content. */
export type ContentPart = Readonly<Record<string, unknown>> & { readonly type: string };

/** What is no text. */
export type Media = ImagePart | DocumentPart;

/** OpenAI reads a file's kind from its name, so that there must be one. */
const UNNAMED_FILE = 'document.pdf';

/** The text of a file of plain text, under its name where it has one: no file part is needed. Null for others. */
export function inlineText({ type, source, ...part }: Media): string | null {
  if (type !== 'document' || source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return null;
  const text = Buffer.from(source.data, 'base64').toString('utf8');
  return 'name' in part && part.name !== null ? `${part.name}:\n${text}` : text;
}

/**
 * Writes a picture or a file. Throws a `GatewayError` `unsupported_parameter` for an address that the upstream does
 * not fetch: OpenAI's chat wire takes files only as bytes, and Ollama pictures too (wire case 89).
 */
export function encodeMedia(part: Media, traits: OpenAiTraits): ContentPart {
  if (part.type === 'document') return encodeDocument(part);
  if (part.source.kind === 'url' && !traits.imageUrls) {
    throw unsupportedField(
      'messages',
      "This model's server fetches no pictures: send the picture itself, as base64.",
    );
  }
  const detail = part.detail === null ? null : { detail: part.detail };
  return { type: 'image_url', image_url: { url: urlOf(part.source), ...detail } };
}

function encodeDocument({ source, name }: DocumentPart): ContentPart {
  if (source.kind === 'url') {
    throw unsupportedField(
      'messages',
      "This model's API takes no document by its address: send the document itself, as base64.",
    );
  }
  return { type: 'file', file: { filename: name ?? UNNAMED_FILE, file_data: urlOf(source) } };
}

function urlOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
