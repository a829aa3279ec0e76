import type { DocumentPart, ImagePart, TextPart, ToolResultPart } from '../../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { cacheBreakpoint, decodeMediaSource } from './media.ts';
import { invalidField, unsupportedField } from '../../fields/field-error.ts';
import type { DroppedNames } from './dropped-names.ts';

/** The content that a user turn or a tool result can contain. */
export type InputPart = TextPart | ImagePart | DocumentPart;

/**
 * Decodes a text, image, document or search result block. Blocks of other types are dropped and their type added to
 * `dropped`. Throws a `GatewayError` as `decodeMessages` does.
 */
export function decodeInputBlock(block: JsonObject, path: string, dropped: DroppedNames): InputPart[] {
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
          cache: cacheBreakpoint(block),
        },
      ];
    case 'document':
      return decodeDocument(block, path, dropped);
    case 'search_result':
      return decodeSearchResult(block, path, dropped);
    case 'tool_reference':
      return decodeToolReference(block, path);
    case 'container_upload':
      throw unsupportedField(
        path,
        `'${path}' is a file stored at Anthropic; send its content in the request.`,
      );
    default:
      if (typeof type !== 'string') throw invalidField(`${path}.type`, 'a string');
      dropped.add(type);
      return [];
  }
}

/** Decodes a tool result, which may contain text, images and documents. */
export function decodeResult(block: JsonObject, path: string, dropped: DroppedNames): ToolResultPart {
  const callId = block['tool_use_id'];
  if (typeof callId !== 'string') throw invalidField(`${path}.tool_use_id`, 'a string');
  const content = decodeInputBlocks(block['content'], `${path}.content`, dropped);
  const isLost = content.length === 0 && hasBlocks(block['content']);
  return {
    type: 'tool-result',
    callId,
    content: isLost ? [LOST_RESULT] : content,
    isError: block['is_error'] === true,
    cache: cacheBreakpoint(block),
  };
}

/** Replaces a result whose blocks were all dropped: an empty one means that the tool found nothing. */
const LOST_RESULT: TextPart = {
  type: 'text',
  text: 'The tool returned a result that cannot be shown here.',
  cache: null,
};

/** Does the content of a result have blocks other than empty text? */
function hasBlocks(content: unknown): boolean {
  return (
    Array.isArray(content) &&
    content.some((block: unknown) => isJsonObject(block) && block['type'] !== 'text')
  );
}

/**
 * The result of a tool search, which names tools of the request (platform.claude.com/docs, "Tool search tool"). Other
 * APIs have no such reference, but the model already has the definitions of all tools.
 */
function decodeToolReference(block: JsonObject, path: string): TextPart[] {
  const { tool_name: name } = block;
  if (typeof name !== 'string') throw invalidField(`${path}.tool_name`, 'a string');
  return [
    { type: 'text', text: `Found the tool ${name}, which can be called now.`, cache: cacheBreakpoint(block) },
  ];
}

function decodeInputBlocks(content: unknown, path: string, dropped: DroppedNames): InputPart[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, cache: null }];
  if (!Array.isArray(content)) throw invalidField(path, 'a string or an array of blocks');
  return content.flatMap((block: unknown, index) => {
    const blockPath = `${path}[${index}]`;
    if (!isJsonObject(block)) throw invalidField(blockPath, 'an object');
    return decodeInputBlock(block, blockPath, dropped);
  });
}

function decodeText(block: JsonObject, path: string): TextPart[] {
  const { text } = block;
  if (typeof text !== 'string') throw invalidField(`${path}.text`, 'a string');
  return text === '' ? [] : [{ type: 'text', text, cache: cacheBreakpoint(block) }];
}

/** A document that consists of blocks is replaced by them. Its title and context are placed before its content. */
function decodeDocument(block: JsonObject, path: string, dropped: DroppedNames): InputPart[] {
  const { source } = block;
  const name = filledString(block['title']);
  const context = filledString(block['context']);
  const before: TextPart[] = context === null ? [] : [{ type: 'text', text: context, cache: null }];
  if (isJsonObject(source) && source['type'] === 'content') {
    const parts = decodeInputBlocks(source['content'], `${path}.source.content`, dropped);
    const title: TextPart[] = name === null ? [] : [{ type: 'text', text: name, cache: null }];
    return [...title, ...before, ...parts];
  }
  const media = decodeMediaSource(source, `${path}.source`);
  return [...before, { type: 'document', source: media, name, cache: cacheBreakpoint(block) }];
}

/** Converts a search result to text: title, source, content. */
function decodeSearchResult(block: JsonObject, path: string, dropped: DroppedNames): InputPart[] {
  const head = [filledString(block['title']), filledString(block['source'])].filter((line) => line !== null);
  const parts = decodeInputBlocks(block['content'], `${path}.content`, dropped);
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const text = [...head, ...texts].join('\n');
  return text === '' ? [] : [{ type: 'text', text, cache: cacheBreakpoint(block) }];
}
