import type { ChatReply, ReplyPart } from '../../../protocol/chat.ts';
import { estimatedReplyUsage } from '../../chat/reply-usage.ts';
import type { ReplyContext, ResponsesReplyOptions } from '../../codec.ts';
import { ReplyIds } from '../ids.ts';
import {
  callItem,
  isCustomCall,
  isShown,
  messageItem,
  reasoningItem,
  refusalPart,
  textPart,
  type ItemStatus,
  type MessagePart,
  type OutputItem,
} from './output-items.ts';
import { optionsOf, replyEnd, writeResponse } from './response.ts';

/** Encodes a translated reply as a `response` object, with the output in the model's order. */
export function encodeResponsesReply(reply: ChatReply, client: ReplyContext<'chat'>): Buffer {
  const now = client.wall();
  const seconds = Math.floor(now / 1000);
  const options = optionsOf(client);
  const ids = new ReplyIds(reply.id, now);
  const end = replyEnd(reply.finish);
  const output = new OutputList(ids, options);
  for (const part of reply.parts) output.add(part);
  if (reply.refusal !== null) output.message(refusalPart(reply.refusal));
  const head = {
    id: ids.response,
    createdAt: seconds,
    model: reply.model ?? client.modelId,
    settings: options.settings,
  };
  const usage = reply.usage ?? estimatedReplyUsage(reply, client);
  const state = { end, output: output.finish(end.status), usage };
  return Buffer.from(JSON.stringify(writeResponse(head, state, seconds)));
}

/** The output items of a reply. Consecutive texts are one message. */
class OutputList {
  readonly #ids: ReplyIds;
  readonly #options: ResponsesReplyOptions;
  readonly #items: OutputItem[] = [];
  #open: MessagePart[] = [];
  /** A call that nothing follows so far: it may have been cut off. */
  #lastCall: OutputItem | null = null;

  constructor(ids: ReplyIds, options: ResponsesReplyOptions) {
    this.#ids = ids;
    this.#options = options;
  }

  add(part: ReplyPart): void {
    if (isNothing(part)) return;
    switch (part.type) {
      case 'text':
        this.message(textPart(part.text));
        return;
      case 'thinking':
      case 'redacted-thinking':
        this.#close('completed');
        this.#lastCall = null;
        if (isShown(part, this.#options))
          this.#items.push(reasoningItem(this.#id('reasoning'), part, this.#options));
        return;
      case 'tool-call': {
        this.#close('completed');
        const kind = isCustomCall(part.name, this.#options) ? 'custom_tool_call' : 'function_call';
        const call = { callId: part.id, name: part.name, arguments: part.arguments };
        this.#lastCall = callItem(this.#id(kind), call, 'completed', this.#options);
        this.#items.push(this.#lastCall);
      }
    }
  }

  message(part: MessagePart): void {
    const last = this.#open.at(-1);
    if (last?.type === 'output_text' && part.type === 'output_text')
      this.#open[this.#open.length - 1] = textPart(last.text + part.text);
    else this.#open.push(part);
  }

  finish(status: ItemStatus): readonly OutputItem[] {
    const call = this.#open.length === 0 ? this.#lastCall : null;
    if (call !== null) this.#items[this.#items.length - 1] = { ...call, status };
    this.#close(status);
    return this.#items;
  }

  #close(status: ItemStatus): void {
    if (this.#open.length === 0) return;
    this.#items.push(messageItem(this.#id('message'), this.#open, status));
    this.#open = [];
  }

  #id(kind: Parameters<ReplyIds['item']>[0]): string {
    return this.#ids.item(kind, this.#items.length);
  }
}

/** Parts that a stream has no event for, either. */
function isNothing(part: ReplyPart): boolean {
  if (part.type === 'text') return part.text === '';
  return part.type === 'thinking' && part.text === '' && part.signature === null;
}
