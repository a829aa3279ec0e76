import type { RedactedThinkingPart, ThinkingPart } from '../../../protocol/chat.ts';
import type { ResponsesReplyOptions } from '../../codec.ts';
import { customInput } from '../custom-tool.ts';
import { writeEncrypted } from '../items.ts';

/** `incomplete`: the output limit or a filter cut it off. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** A part of a message. */
export type MessagePart =
  | {
      readonly type: 'output_text';
      readonly annotations: readonly never[];
      readonly logprobs: readonly never[];
      readonly text: string;
    }
  | { readonly type: 'refusal'; readonly refusal: string };

/** An item of a reply's output. */
export type OutputItem = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/** The text of a message. */
export function textPart(text: string): MessagePart {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/** A refusal in a message. */
export function refusalPart(refusal: string): MessagePart {
  return { type: 'refusal', refusal };
}

/** What the model said. */
export function messageItem(id: string, content: readonly MessagePart[], status: ItemStatus): OutputItem {
  return { id, type: 'message', status, role: 'assistant', content };
}

/**
 * What the model thought. Its text is one part of the summary, since signed thinking must come back unchanged; the
 * encrypted content is only for clients that asked for it.
 */
export function reasoningItem(
  id: string,
  part: ThinkingPart | RedactedThinkingPart,
  { encrypted }: Pick<ResponsesReplyOptions, 'encrypted'>,
): OutputItem {
  const text = part.type === 'thinking' ? part.text : '';
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(encrypted ? { encrypted_content: writeEncrypted(part) } : {}),
  };
}

/** Does the client get an item for this thinking? Without text it is nothing but its encrypted content. */
export function isShown(
  part: ThinkingPart | RedactedThinkingPart,
  { encrypted }: Pick<ResponsesReplyOptions, 'encrypted'>,
): boolean {
  return (part.type === 'thinking' && part.text !== '') || (encrypted && writeEncrypted(part) !== null);
}

/** A call as the model made it, under the name that the model sees. */
export interface ModelCall {
  readonly callId: string;
  readonly name: string;
  /** JSON text, or nothing. */
  readonly arguments: string;
}

/** Is the tool a custom one, whose calls have plain text? */
export function isCustomCall(name: string, { tools }: Pick<ResponsesReplyOptions, 'tools'>): boolean {
  return tools.get(name)?.isCustom === true;
}

/** A call with the client's name of the tool, as `function_call` or `custom_tool_call` (wire case 190). */
export function callItem(
  id: string,
  call: ModelCall,
  status: ItemStatus,
  { tools }: Pick<ResponsesReplyOptions, 'tools'>,
): OutputItem {
  const tool = tools.get(call.name);
  const { namespace = null, name = call.name } = tool ?? {};
  const isStarted = status === 'in_progress';
  const input =
    tool?.isCustom === true
      ? {
          type: 'custom_tool_call',
          status,
          call_id: call.callId,
          input: isStarted ? '' : customInput(call.arguments),
        }
      : {
          type: 'function_call',
          status,
          // Empty arguments become `{}`: some clients pass an empty string to the tool (wire case 61).
          arguments: call.arguments === '' && !isStarted ? '{}' : call.arguments,
          call_id: call.callId,
        };
  return { id, ...input, name, ...(namespace === null ? {} : { namespace }) };
}
