import type { ChatMessage } from '../../../protocol/chat.ts';
import { withoutBilling } from '../../chat/billing-line.ts';
import { repairCalls } from '../../chat/repair-calls.ts';
import { ToolNames } from '../../chat/tool-names.ts';
import type { TargetRequest } from '../../exchange.ts';
import { unsupportedField } from '../../fields/field-error.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { openAiChatDialect } from '../../openai-chat/dialect.ts';
import { MessageEncoder } from '../../openai-chat/encode/messages.ts';
import { fitMessages } from '../../openai-chat/fit-messages.ts';
import type { WarningList } from '../../warning-list.ts';
import { argumentsObject } from '../arguments.ts';

/**
 * The turns of OpenAI's chat wire, which Ollama's messages follow: chat templates know only the roles system, user,
 * assistant and tool (wire case 83), and often system text only at the beginning (case 84).
 */
const TURNS = openAiChatDialect({
  quirks: { strictTurns: true },
  traits: { reasoningField: 'reasoning', imageUrls: false, toolNameLength: null },
});

/** Separates the text parts of one turn, as in OpenAI's chat wire (wire case 161). */
const BETWEEN_PARTS = '\n';
const BASE64_URL = /^data:[^,]*;base64,/;

/**
 * Writes the turns as messages of Ollama: text as one string, images as bare base64 next to it, arguments as objects,
 * results with the name of their tool (wire cases 153, 154, 161). Throws a `GatewayError` `unsupported_parameter` for an
 * image that is not in the request (case 89), and for a document.
 */
export function encodeMessages(
  messages: readonly ChatMessage[],
  target: Pick<TargetRequest, 'modelId'>,
  warnings: WarningList,
): readonly JsonObject[] {
  const encoder = new MessageEncoder(TURNS, target, new ToolNames(null), warnings);
  const turns = encoder.encode(repairCalls(withoutBilling(messages), warnings));
  const names = new Map<unknown, unknown>();
  return fitMessages(turns, TURNS.quirks, warnings).map((turn) => nativeMessage(turn, names));
}

/** `names`: the tools of the earlier calls by id. */
function nativeMessage(turn: JsonObject, names: Map<unknown, unknown>): JsonObject {
  const { role, content, reasoning, tool_calls: calls, tool_call_id: callId } = turn;
  const { text, images } = readContent(content);
  return {
    role,
    content: text,
    ...(reasoning === undefined ? null : { thinking: reasoning }),
    ...(images.length === 0 ? null : { images }),
    ...(Array.isArray(calls) ? { tool_calls: calls.map((call) => nativeCall(call as Call, names)) } : null),
    ...(callId === undefined ? null : { ...toolName(names.get(callId)), tool_call_id: callId }),
  };
}

interface Call {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

function nativeCall({ id, function: called }: Call, names: Map<unknown, unknown>): JsonObject {
  names.set(id, called.name);
  return { id, function: { name: called.name, arguments: argumentsObject(called.arguments) } };
}

function toolName(name: unknown): JsonObject {
  return name === undefined ? {} : { tool_name: name };
}

function readContent(content: unknown): { readonly text: string; readonly images: readonly string[] } {
  if (!Array.isArray(content)) return { text: typeof content === 'string' ? content : '', images: [] };
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of content as readonly JsonObject[]) {
    if (typeof part['text'] === 'string') texts.push(part['text']);
    else images.push(imageData(part['image_url']));
  }
  return { text: texts.join(BETWEEN_PARTS), images };
}

function imageData(image: unknown): string {
  const url = isJsonObject(image) ? image['url'] : null;
  if (typeof url !== 'string') {
    throw unsupportedField('messages', "This model's server reads images and text, but no other files.");
  }
  return url.replace(BASE64_URL, '');
}
