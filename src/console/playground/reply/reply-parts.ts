import type { Message, ToolCall } from '../chat.ts';
import { TextBlocks } from './text-blocks.ts';

/** Tokens of a request and its reply; null: the server has not said. */
export interface Usage {
  readonly input: number | null;
  readonly output: number | null;
  readonly reasoning: number | null;
}

/** More calls in one reply are not shown. */
const CALLS_MAX = 128;

interface GrowingCall {
  id: string;
  name: string;
  arguments: string;
}

/** Puts a reply together from the chunks of its stream, or from the whole reply. Unknown fields are ignored. */
export class ReplyParts {
  readonly content = new TextBlocks();
  /** `reasoning_content`. */
  readonly reasoning = new TextBlocks();
  /** Why the model ended, such as `stop`; null: it has not. */
  finish: string | null = null;
  usage: Usage | null = null;
  readonly #calls: GrowingCall[] = [];

  /** Takes a chunk, or a whole reply; true if the model has generated something in it. */
  add(chunk: unknown): boolean {
    const { choices, usage } = fields(chunk);
    if (typeof usage === 'object' && usage !== null) this.usage = usageOf(usage);
    const choice = fields(Array.isArray(choices) ? choices[0] : null);
    if (typeof choice['finish_reason'] === 'string') this.finish = choice['finish_reason'];
    return this.#addDelta(fields(choice['delta'] ?? choice['message']));
  }

  #addDelta(delta: Readonly<Record<string, unknown>>): boolean {
    const content = text(delta['content']) + text(delta['refusal']);
    const reasoning = text(delta['reasoning_content']);
    this.content.push(content);
    this.reasoning.push(reasoning);
    const calls: readonly unknown[] = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : [];
    for (const [place, call] of calls.entries()) this.#addCall(fields(call), place);
    return content !== '' || reasoning !== '' || calls.length > 0;
  }

  #addCall(call: Readonly<Record<string, unknown>>, place: number): void {
    const index = typeof call['index'] === 'number' ? call['index'] : place;
    if (!Number.isInteger(index) || index < 0 || index >= CALLS_MAX) return;
    const { name, arguments: piece } = fields(call['function']);
    while (this.#calls.length <= index) this.#calls.push({ id: '', name: '', arguments: '' });
    const known = this.#calls[index];
    if (known === undefined) return;
    known.id ||= text(call['id']);
    known.name ||= text(name);
    known.arguments += text(piece);
  }

  /** The calls so far. */
  calls(): readonly ToolCall[] {
    return this.#calls.map(({ id, name, arguments: json }) => ({
      id,
      type: 'function',
      function: { name, arguments: json },
    }));
  }

  /**
   * The message by which the next request repeats the reply; null: there is nothing to repeat. Calls of a reply that
   * has not ended (`isWhole` false) may have been cut, and are left out.
   */
  message(isWhole: boolean): Message | null {
    const calls = isWhole ? this.calls() : [];
    const content = this.content.text;
    if (calls.length > 0)
      return { role: 'assistant', content: content === '' ? null : content, tool_calls: calls };
    return content === '' ? null : { role: 'assistant', content };
  }
}

function usageOf(usage: object): Usage {
  const { prompt_tokens, completion_tokens, completion_tokens_details } = fields(usage);
  return {
    input: count(prompt_tokens),
    output: count(completion_tokens),
    reasoning: count(fields(completion_tokens_details)['reasoning_tokens']),
  };
}

/** A JSON object; empty when the value is none. */
function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
