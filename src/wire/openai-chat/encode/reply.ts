import type { ChatReply, ReplyPart } from '../../../protocol/chat.ts';
import type { ReplyContext } from '../../codec.ts';
import { writeCallState } from '../call-state.ts';
import { completionId } from '../ids.ts';
import { LEGACY_CALL_FINISH, writeFinishReason } from '../finish-reason.ts';
import { writeThinkingBlock } from '../reasoning/thinking-blocks.ts';
import { writeUsage } from '../usage.ts';

/** Writes a unary reply as a chat completion. It has a usage only if the upstream reported one. */
export function encodeOpenAiReply(reply: ChatReply, client: ReplyContext<'chat'>): Buffer {
  const now = client.wall();
  const calls = reply.parts.filter((part) => part.type === 'tool-call');
  const isLegacy = client.replyOptions.legacyCalls && calls.length > 0;
  const isLegacyFinish = isLegacy && reply.finish === 'tool-calls';
  const choice = {
    index: 0,
    message: writeMessage(reply, isLegacy ? writeLegacyCall(calls) : writeCalls(calls)),
    logprobs: null,
    finish_reason: isLegacyFinish ? LEGACY_CALL_FINISH : writeFinishReason(reply.finish),
  };
  return Buffer.from(
    JSON.stringify({
      id: completionId(reply.id, now),
      object: 'chat.completion',
      created: Math.floor(now / 1000),
      model: reply.model ?? client.modelId,
      choices: [choice],
      ...(reply.usage === null ? {} : { usage: writeUsage(reply.usage) }),
    }),
  );
}

type Call = ReplyPart & { readonly type: 'tool-call' };

/** Without thinking its keys are left out: some clients hide thinking behind a null key (wire case 144). */
function writeMessage(reply: ChatReply, calls: object): object {
  let content = '';
  let reasoning = '';
  for (const part of reply.parts) {
    if (part.type === 'text') content += part.text;
    else if (part.type === 'thinking') reasoning += part.text;
  }
  const blocks = reply.parts.map(writeThinkingBlock).filter((block) => block !== null);
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(blocks.length === 0 ? {} : { thinking_blocks: blocks }),
    refusal: reply.refusal,
    ...calls,
  };
}

function writeCalls(calls: readonly Call[]): object {
  if (calls.length === 0) return {};
  return {
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: writeFunction(call),
      ...writeCallState(call.state),
    })),
  };
}

/** A legacy message contains only one call; the request allowed no more. */
function writeLegacyCall([call]: readonly Call[]): object {
  return call === undefined ? {} : { function_call: writeFunction(call) };
}

/** Empty arguments become `{}`: some clients pass an empty string to the tool (wire case 61). */
function writeFunction(call: Call): object {
  return { name: call.name, arguments: call.arguments === '' ? '{}' : call.arguments };
}
