import type { DocumentPart, ImagePart, TextPart, ToolResultPart } from '../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { cacheMark, decodeMediaSource } from './decode-media.ts';
import { invalidField, unsupportedField } from '../read/field-error.ts';
import type { DroppedNames } from './decode-notes.ts';

/** What a person, or a tool, can show to a model. */
export type ShownPart = TextPart | ImagePart | DocumentPart;

/**
 * Reads one block of text, a picture, a document or a search result; a block of another kind is left out and its kind
 * noted in `dropped`. Throws a `GatewayError` as `decodeMessages`.
 */
export function decodeShown(block: JsonObject, path: string, dropped: DroppedNames): ShownPart[] {
  const { type } = block;
  switch (type) {
    case 'text':
      return decodeText(block, path);
    case 'image':
      return [
        {
          type: 'image',
          source: decodeMediaSource(block['source'], `${path}.source`),
          detail: null,
          cache: cacheMark(block),
        },
      ];
    case 'document':
      return decodeDocument(block, path, dropped);
    case 'search_result':
      return decodeSearchResult(block, path, dropped);
    case 'container_upload':
      throw unsupportedField(
        path,
        `'${path}' is a file in Anthropic's store; send its content in the request.`,
      );
    default:
      if (typeof type !== 'string') throw invalidField(`${path}.type`, 'a string');
      dropped.add(type);
      return [];
  }
}

/** Reads the result of a tool; what it shows may be text, pictures and documents. */
export function decodeResult(block: JsonObject, path: string, dropped: DroppedNames): ToolResultPart {
  const callId = block['tool_use_id'];
  if (typeof callId !== 'string') throw invalidField(`${path}.tool_use_id`, 'a string');
  return {
    type: 'tool-result',
    callId,
    content: decodeShownList(block['content'], `${path}.content`, dropped),
    isError: block['is_error'] === true,
    cache: cacheMark(block),
  };
}

function decodeShownList(content: unknown, path: string, dropped: DroppedNames): ShownPart[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, cache: null }];
  if (!Array.isArray(content)) throw invalidField(path, 'a string or an array of blocks');
  return content.flatMap((block: unknown, index) => {
    const blockPath = `${path}[${index}]`;
    if (!isJsonObject(block)) throw invalidField(blockPath, 'an object');
    return decodeShown(block, blockPath, dropped);
  });
}

function decodeText(block: JsonObject, path: string): TextPart[] {
  const { text } = block;
  if (typeof text !== 'string') throw invalidField(`${path}.text`, 'a string');
  return text === '' ? [] : [{ type: 'text', text, cache: cacheMark(block) }];
}

/** A document whose content is blocks is those blocks; its title and context stand before what it says. */
function decodeDocument(block: JsonObject, path: string, dropped: DroppedNames): ShownPart[] {
  const { source } = block;
  const name = filledString(block['title']);
  const context = filledString(block['context']);
  const before: TextPart[] = context === null ? [] : [{ type: 'text', text: context, cache: null }];
  if (isJsonObject(source) && source['type'] === 'content') {
    const shown = decodeShownList(source['content'], `${path}.source.content`, dropped);
    const title: TextPart[] = name === null ? [] : [{ type: 'text', text: name, cache: null }];
    return [...title, ...before, ...shown];
  }
  const media = decodeMediaSource(source, `${path}.source`);
  return [...before, { type: 'document', source: media, name, cache: cacheMark(block) }];
}

/** A found page as text: its title, its address, what it says. */
function decodeSearchResult(block: JsonObject, path: string, dropped: DroppedNames): ShownPart[] {
  const head = [filledString(block['title']), filledString(block['source'])].filter((line) => line !== null);
  const shown = decodeShownList(block['content'], `${path}.content`, dropped);
  const told = shown.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const text = [...head, ...told].join('\n');
  return text === '' ? [] : [{ type: 'text', text, cache: cacheMark(block) }];
}
