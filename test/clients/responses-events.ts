import { REFUSAL, SIGNATURE, pieces, type Answer } from './answers.ts';

/** How a response ends. */
export type ResponseEnd = 'completed' | 'refusal' | 'incomplete' | 'failed';

/** One item of a response's output, whole. */
export type OutputItem =
  | {
      readonly type: 'reasoning';
      readonly id: string;
      readonly summary: readonly Part[];
      readonly encrypted_content?: string;
    }
  | { readonly type: 'message'; readonly id: string; readonly content: readonly Part[] }
  | {
      readonly type: 'function_call';
      readonly id: string;
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    };

type Part = { readonly type: string } & ({ readonly text: string } | { readonly refusal: string });

const USAGE = {
  input_tokens: 21,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 28,
};

/** The output items of an answer: thinking, text or refusal, calls. */
export function outputOf(
  { thinking, text, calls }: Answer,
  end: ResponseEnd,
  { summary, encrypted }: { readonly summary: boolean; readonly encrypted: boolean },
): OutputItem[] {
  const items: OutputItem[] = [];
  if (thinking !== null) {
    const sealed = encrypted ? { encrypted_content: SIGNATURE } : {};
    const parts = summary ? [{ type: 'summary_text', text: thinking }] : [];
    items.push({ type: 'reasoning', id: 'rs_1', summary: parts, ...sealed });
  }
  if (end === 'refusal') {
    items.push({ type: 'message', id: 'msg_1', content: [{ type: 'refusal', refusal: REFUSAL }] });
  } else if (text !== null) {
    items.push({ type: 'message', id: 'msg_1', content: [{ type: 'output_text', text }] });
  }
  for (const { id, name, input } of calls) {
    const named = { id: `fc_${id}`, call_id: id, name };
    items.push({ type: 'function_call', ...named, arguments: JSON.stringify(input) });
  }
  return items;
}

/** The events of one response in OpenAI's order, numbered from 0, and the response itself. */
export class ResponseEvents {
  private number = 0;
  private readonly request: Readonly<Record<string, unknown>>;
  private readonly output: readonly OutputItem[];
  private readonly end: ResponseEnd;

  constructor(request: object, output: readonly OutputItem[], end: ResponseEnd) {
    this.request = request as Readonly<Record<string, unknown>>;
    this.output = output;
    this.end = end;
  }

  /** The whole response. */
  whole(): object {
    const status = this.end === 'refusal' ? 'completed' : this.end;
    return this.response(status, {
      output: status === 'failed' ? [] : this.output.map((item) => finished(item)),
      usage: status === 'failed' ? null : USAGE,
      error: status === 'failed' ? { code: 'server_error', message: 'The model failed.' } : null,
      incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    });
  }

  /** A whole stream. */
  all(): string[] {
    const last = this.end === 'refusal' ? 'completed' : this.end;
    return [
      ...this.beginning(),
      ...this.output.flatMap((item, index) => this.item(item, index)),
      this.event(`response.${last}`, { response: this.whole() }),
    ];
  }

  /** A stream that breaks off after its first words, with an `error` event. */
  brokenOff(message: string): string[] {
    const events = this.all();
    const words = events.findIndex((event) => event.startsWith('event: response.output_text.delta'));
    this.number = words + 1;
    const error = this.event('error', { code: 'server_error', message, param: null });
    return [...events.slice(0, words + 1), error];
  }

  private beginning(): string[] {
    const response = this.response('in_progress', { output: [], usage: null });
    return [this.event('response.created', { response }), this.event('response.in_progress', { response })];
  }

  private item(item: OutputItem, output_index: number): string[] {
    const inside = this.inside(item, { item_id: item.id, output_index });
    return [
      this.event('response.output_item.added', { output_index, item: begun(item) }),
      ...inside.map(([type, more]) => this.event(type, more)),
      this.event('response.output_item.done', { output_index, item: finished(item) }),
    ];
  }

  /** What comes between the begin and the end of an item. */
  private inside(item: OutputItem, at: object): [string, object][] {
    if (item.type === 'function_call') {
      const name = 'response.function_call_arguments';
      return [
        ...pieces(item.arguments).map((delta): [string, object] => [`${name}.delta`, { ...at, delta }]),
        [`${name}.done`, { ...at, arguments: item.arguments, name: item.name }],
      ];
    }
    const reasoning = item.type === 'reasoning';
    const parts = reasoning ? item.summary : item.content;
    return parts.flatMap((part, index) =>
      partEvents(part, { ...at, ...(reasoning ? { summary_index: index } : { content_index: index }) }),
    );
  }

  private response(status: string, more: object): object {
    const { model, instructions, metadata, temperature, tool_choice, tools, top_p } = this.request;
    const parallel = this.request['parallel_tool_calls'];
    return {
      id: 'resp_1',
      object: 'response',
      created_at: 1_800_000_000,
      status,
      error: null,
      incomplete_details: null,
      instructions: instructions ?? null,
      metadata: metadata ?? {},
      model,
      parallel_tool_calls: parallel ?? true,
      temperature: temperature ?? 1,
      tool_choice: tool_choice ?? 'auto',
      tools: tools ?? [],
      top_p: top_p ?? 1,
      store: false,
      ...more,
    };
  }

  private event(type: string, more: object): string {
    const value = { type, sequence_number: this.number, ...more };
    this.number += 1;
    return `event: ${type}\ndata: ${JSON.stringify(value)}\n\n`;
  }
}

/** An item as `output_item.added` has it: nothing in it yet. */
function begun(item: OutputItem): object {
  const status = 'in_progress';
  if (item.type === 'reasoning') return { ...item, summary: [] };
  if (item.type === 'function_call') return { ...item, arguments: '', status };
  return { ...item, role: 'assistant', content: [], status };
}

/** An item as `output_item.done` and the response have it. */
function finished(item: OutputItem): object {
  const status = 'completed';
  if (item.type === 'reasoning') return item;
  if (item.type === 'function_call') return { ...item, status };
  return { ...item, role: 'assistant', content: item.content.map((part) => filled(part)), status };
}

function filled(part: Part): object {
  return part.type === 'output_text' ? { ...part, annotations: [], logprobs: [] } : part;
}

/** The events of one part of a message or a summary. */
function partEvents(part: Part, at: object): [string, object][] {
  const whole = 'text' in part ? part.text : part.refusal;
  const key = 'text' in part ? 'text' : 'refusal';
  const logprobs = part.type === 'output_text' ? { logprobs: [] } : {};
  const summary = part.type === 'summary_text';
  const deltas = summary ? 'response.reasoning_summary_text' : `response.${part.type}`;
  const around = summary ? 'response.reasoning_summary_part' : 'response.content_part';
  return [
    [`${around}.added`, { ...at, part: filled({ ...part, [key]: '' }) }],
    ...pieces(whole).map((delta): [string, object] => [`${deltas}.delta`, { ...at, delta, ...logprobs }]),
    [`${deltas}.done`, { ...at, [key]: whole, ...logprobs }],
    [`${around}.done`, { ...at, part: filled(part) }],
  ];
}
