import type { DocumentPart } from '../../../protocol/chat.ts';
import { mediaUrl } from '../../fields/data-url.ts';
import { unsupportedField } from '../../fields/field-error.ts';
import type { OpenAiTraits } from '../dialect.ts';
import { type Media, UNNAMED_FILE } from '../../chat/request/content-parts.ts';

/** A part of a message's content. */
export type ContentPart = Readonly<Record<string, unknown>> & { readonly type: string };

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
  return { type: 'image_url', image_url: { url: mediaUrl(part.source), ...detail } };
}

function encodeDocument({ source, name }: DocumentPart): ContentPart {
  if (source.kind === 'url') {
    throw unsupportedField(
      'messages',
      "This model's API does not fetch documents: send the document itself, as base64.",
    );
  }
  return { type: 'file', file: { filename: name ?? UNNAMED_FILE, file_data: mediaUrl(source) } };
}
