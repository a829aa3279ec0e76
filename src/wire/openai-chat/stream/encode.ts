import type { ChatUsage } from '../../../protocol/chat.ts';
import type { StreamEvent } from '../../../protocol/stream-event.ts';
import type { ReplyContext, StreamEncoder } from '../../codec.ts';
import { completionId } from '../ids.ts';
import { LEGACY_CALL_FINISH, writeFinishReason } from '../finish-reason.ts';
import type { ThinkingBlock } from '../reasoning/thinking-blocks.ts';
import { writeUsage } from '../usage.ts';

/**
 * Writes a stream as OpenAI chunks, in OpenAI's own order: role, deltas, finish, usage if requested and known, end
 * mark. Strings are concatenated by hand, since most of a chunk is the same throughout a stream.
 */
export class OpenAiStreamEncoder implements StreamEncoder {
  readonly #client: ReplyContext<'chat'>;
  #head = '';
  #beforeDelta = '';
  #afterDelta = '';
  #usage: ChatUsage | null = null;
  /** Number of calls so far, which is the index of the next one (wire cases 53, 54). */
  #calls = 0;
  #hasArguments = false;
  /** Text of the open thinking block; its signature completes the block. */
  #thinking = '';
  readonly #blocks: ThinkingBlock[] = [];

  constructor(client: ReplyContext<'chat'>) {
    this.#client = client;
  }

  write(event: StreamEvent): string {
    switch (event.type) {
      case 'reply-start':
        return this.#start(event);
      case 'text-delta':
        this.#thinking = '';
        return `${this.#beforeDelta}{"content":${JSON.stringify(event.text)}}${this.#afterDelta}`;
      case 'thinking-delta':
        this.#thinking += event.text;
        return `${this.#beforeDelta}{"reasoning_content":${JSON.stringify(event.text)}}${this.#afterDelta}`;
      case 'thinking-signature':
        this.#blocks.push({ type: 'thinking', thinking: this.#thinking, signature: event.signature });
        this.#thinking = '';
        return '';
      case 'redacted-thinking':
        this.#thinking = '';
        this.#blocks.push({ type: 'redacted_thinking', data: event.data });
        return '';
      case 'tool-call-start':
        return this.#startCall(event);
      case 'tool-call-delta':
        this.#hasArguments = true;
        return this.#arguments(event.arguments);
      case 'tool-call-end':
        // Some clients pass an empty string to the tool (wire case 61).
        return this.#hasArguments ? '' : this.#arguments('{}');
      case 'refusal-delta':
        return this.#delta(`{"refusal":${JSON.stringify(event.text)}}`);
      case 'reply-finish':
        return this.#finish(event);
    }
  }

  /** One id, time and model for all chunks (wire case 28). */
  #start(event: StreamEvent & { readonly type: 'reply-start' }): string {
    const now = this.#client.wall();
    const head = {
      id: completionId(event.id, now),
      object: 'chat.completion.chunk',
      created: Math.floor(now / 1000),
      model: event.model ?? this.#client.modelId,
    };
    this.#usage = event.usage;
    this.#head = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`;
    this.#beforeDelta = `${this.#head}{"index":0,"delta":`;
    this.#afterDelta = `,"logprobs":null,"finish_reason":null}]${this.#noUsage()}}\n\n`;
    return this.#delta('{"role":"assistant","content":"","refusal":null}');
  }

  /** If usage was requested, every other chunk has `usage: null` (wire case 45). */
  #noUsage(): string {
    return this.#client.replyOptions.includeUsage ? ',"usage":null' : '';
  }

  #delta(delta: string): string {
    return this.#beforeDelta + delta + this.#afterDelta;
  }

  /** Id, type and name are sent once per call: one client concatenates repeated values (wire case 55). */
  #startCall({ id, name, state }: StreamEvent & { readonly type: 'tool-call-start' }): string {
    this.#thinking = '';
    this.#hasArguments = false;
    this.#calls += 1;
    const called = `{"name":${JSON.stringify(name)},"arguments":""}`;
    if (this.#client.replyOptions.legacyCalls) return this.#legacyDelta(called);
    const index = this.#calls - 1;
    const extra = state === undefined ? '' : `,"extra_content":${state}`;
    return this.#delta(
      `{"tool_calls":[{"index":${index},"id":${JSON.stringify(id)},"type":"function","function":${called}${extra}}]}`,
    );
  }

  #arguments(fragment: string): string {
    const called = `{"arguments":${JSON.stringify(fragment)}}`;
    if (this.#client.replyOptions.legacyCalls) return this.#legacyDelta(called);
    return this.#delta(`{"tool_calls":[{"index":${this.#calls - 1},"function":${called}}]}`);
  }

  /** A legacy message contains only one call; the request allowed no more (wire case 76). */
  #legacyDelta(called: string): string {
    return this.#calls > 1 ? '' : this.#delta(`{"function_call":${called}}`);
  }

  #finish(event: StreamEvent & { readonly type: 'reply-finish' }): string {
    const { reason } = event;
    const isLegacy = this.#client.replyOptions.legacyCalls && reason === 'tool-calls';
    const finishReason = isLegacy ? LEGACY_CALL_FINISH : writeFinishReason(reason);
    const finish = `{},"logprobs":null,"finish_reason":"${finishReason}"}]${this.#noUsage()}}\n\n`;
    return `${this.#thinkingBlocks()}${this.#beforeDelta}${finish}${this.#usageChunk(event.usage)}data: [DONE]\n\n`;
  }

  /**
   * All blocks in one delta: of several deltas, one SDK's stream helper keeps only the last, and another SDK needs an
   * index to merge them.
   */
  #thinkingBlocks(): string {
    if (this.#blocks.length === 0) return '';
    return this.#delta(`{"thinking_blocks":${JSON.stringify(this.#blocks)}}`);
  }

  /** A separate chunk without choices; none if the upstream reported no usage (wire cases 7, 42, 43). */
  #usageChunk(last: ChatUsage | null): string {
    const usage = last ?? this.#usage;
    if (!this.#client.replyOptions.includeUsage || usage === null) return '';
    return `${this.#head}],"usage":${JSON.stringify(writeUsage(usage))}}\n\n`;
  }
}
