import type {
  DocumentPart,
  ImagePart,
  MediaSource,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../../protocol/chat.ts';
import type { ModelRules } from '../../../protocol/model-rules.ts';
import { unsupportedField } from '../../fields/field-error.ts';
import { renameKeys } from '../../chat/tools/argument-keys.ts';
import type { ToolNames } from '../../chat/tools/tool-names.ts';
import type { CacheBreakpoints } from './cache-breakpoints.ts';
import { callId } from './reply-fields.ts';
import type { WarningList } from '../../warning-list.ts';
import { readCallInput } from '../../chat/calls/call-input.ts';

/** The image types that the API accepts (`Base64ImageSource` of Anthropic's SDK). */
const IMAGE_TYPES: readonly string[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

/** A content block of a Messages body under construction. */
export interface Block {
  type: string;
  [key: string]: unknown;
}

/** The context of encoding content blocks: the model's rules, and what the encoding records. */
export interface BlockContext {
  readonly rules: ModelRules;
  readonly breakpoints: CacheBreakpoints;
  readonly names: ToolNames;
  readonly warnings: WarningList;
}

/**
 * Encodes the parts of one turn as content blocks. Drops parts that the API rejects as empty, and thinking without a
 * signature (wire case 109). Throws a `GatewayError` `unsupported_parameter` for parts that the role does not allow.
 */
export function encodeParts(
  parts: readonly Part[],
  role: 'system' | 'user' | 'assistant',
  context: BlockContext,
): Block[] {
  const blocks: Block[] = [];
  for (const part of parts) {
    if (!isAllowed(part, role))
      throw unsupportedField(
        'messages',
        `Parts of type '${part.type}' are not allowed in turns with role '${role}'.`,
      );
    const block = encodePart(part, context);
    if (block !== null) blocks.push(block);
  }
  return blocks;
}

/** The API rejects images and documents in an assistant turn (wire case 122). */
function isAllowed(part: Part, role: 'system' | 'user' | 'assistant'): boolean {
  switch (part.type) {
    case 'text':
      return true;
    case 'image':
    case 'document':
    case 'tool-result':
      return role === 'user';
    case 'thinking':
    case 'redacted-thinking':
    case 'tool-call':
      return role === 'assistant';
  }
}

function encodePart(part: Part, context: BlockContext): Block | null {
  switch (part.type) {
    case 'text':
      return encodeText(part, context);
    case 'image':
      return context.breakpoints.note(encodeImage(part, context.warnings), part.cache);
    case 'document':
      return context.breakpoints.note(encodeDocument(part, context.rules), part.cache);
    case 'thinking':
      if (part.signature === null || part.signature === '') {
        context.warnings.dropped('messages.thinking (unsigned)');
        return null;
      }
      // Even without text, which may be hidden while the signature is present (wire case 108).
      return { type: 'thinking', thinking: part.text, signature: part.signature };
    case 'redacted-thinking':
      return { type: 'redacted_thinking', data: part.data };
    case 'tool-call':
      return context.breakpoints.note(encodeCall(part, context), part.cache);
    case 'tool-result':
      return context.breakpoints.note(encodeResult(part, context), part.cache);
  }
}

/** The API rejects blank text: "text content blocks must contain non-whitespace text". */
function encodeText(part: TextPart, { breakpoints, warnings }: BlockContext): Block | null {
  if (part.text.trim() !== '') return breakpoints.note<Block>({ type: 'text', text: part.text }, part.cache);
  if (part.text !== '') warnings.dropped('messages.content (blank text)');
  return null;
}

/** `detail` has no counterpart: the API scales images itself. */
function encodeImage({ source, detail }: ImagePart, warnings: WarningList): Block {
  if (detail !== null && detail !== 'auto') warnings.dropped('messages.image_url.detail');
  if (source.kind === 'url') return { type: 'image', source: urlSource(source) };
  // A common misspelling (wire case 91).
  const mediaType = source.mediaType === 'image/jpg' ? 'image/jpeg' : source.mediaType;
  if (!IMAGE_TYPES.includes(mediaType)) {
    throw unsupportedField(
      'messages',
      `Images must be JPEG, PNG, GIF or WebP for this model, not '${mediaType}'.`,
    );
  }
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: source.data } };
}

function encodeDocument({ source, name }: DocumentPart, rules: ModelRules): Block {
  if (!rules.documents) throw unsupportedField('messages', 'This model does not support documents.');
  const title = name === null ? {} : { title: name };
  return { type: 'document', source: documentSource(source), ...title };
}

function documentSource(source: MediaSource): Record<string, unknown> {
  if (source.kind === 'url') return urlSource(source);
  const { mediaType, data } = source;
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data };
  if (mediaType !== 'text/plain') {
    throw unsupportedField(
      'messages',
      `Documents must be PDF or plain text for this model, not '${mediaType}'.`,
    );
  }
  return { type: 'text', media_type: mediaType, data: Buffer.from(data, 'base64').toString('utf8') };
}

/** Only web URLs: the path of a file must never reach a server that reads local files (wire case 90). */
function urlSource({ url }: { readonly url: string }): Record<string, unknown> {
  if (!/^https?:\/\//i.test(url))
    throw unsupportedField('messages', 'The URL of an image or document must be http or https.');
  return { type: 'url', url };
}

function encodeCall(part: ToolCallPart, { names, warnings }: BlockContext): Block {
  const { id, name } = part;
  const { input, isWrapped } = readCallInput(part.arguments);
  if (isWrapped) warnings.changed('messages.tool_calls (arguments wrapped)');
  const keys = names.keysOf(name);
  return {
    type: 'tool_use',
    id: callId(id),
    name: names.outgoing(name),
    input: keys !== null ? renameKeys(input, keys) : input,
  };
}

function encodeResult(part: ToolResultPart, context: BlockContext): Block {
  const content = encodeParts(part.content, 'user', context);
  return {
    type: 'tool_result',
    tool_use_id: callId(part.callId),
    ...(content.length === 0 ? {} : { content }),
    ...(part.isError ? { is_error: true } : {}),
  };
}
