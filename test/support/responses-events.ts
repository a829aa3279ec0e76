/** Writes one event of a Responses stream as OpenAI does. */
export function named(value: { readonly type: string; readonly [key: string]: unknown }): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
}

/** The events with numbers in sequence. */
export function numbered(values: readonly Record<string, unknown>[]): string[] {
  return values.map((value, at) => named({ ...value, type: String(value['type']), sequence_number: at }));
}

/** An output item of a fake response. */
export type FakeItem = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

export const textItem = (text: string, id = 'msg_1'): FakeItem => ({
  id,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', annotations: [], logprobs: [], text }],
});

export const refusalItem = (refusal: string, id = 'msg_2'): FakeItem => ({
  id,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'refusal', refusal }],
});

export const callItem = (name: string, args: string, id = 'fc_1', callId = 'call_1'): FakeItem => ({
  id,
  type: 'function_call',
  status: 'completed',
  arguments: args,
  call_id: callId,
  name,
});

export const customItem = (name: string, input: string, id = 'ctc_1', callId = 'call_c'): FakeItem => ({
  id,
  type: 'custom_tool_call',
  status: 'completed',
  call_id: callId,
  input,
  name,
});

export const reasoningItem = (
  summary: readonly string[],
  encrypted: string | null = 'gAAA_1',
  id = 'rs_1',
): FakeItem => ({
  id,
  type: 'reasoning',
  ...(encrypted === null ? null : { encrypted_content: encrypted }),
  summary: summary.map((text) => ({ type: 'summary_text', text })),
});

/** A whole response as OpenAI sends it. */
export function response(
  output: readonly object[],
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_795_246_738,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: 'm-1',
    output,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 18,
    },
    ...changes,
  };
}

type Value = Record<string, unknown>;

/** The events of a response as OpenAI streams them, without numbers; texts are cut in two. */
export function eventValues(
  output: readonly FakeItem[],
  changes: Readonly<Record<string, unknown>> = {},
): Value[] {
  const whole = response(output, changes);
  const begun = { ...whole, status: 'in_progress', output: [], usage: null, incomplete_details: null };
  return [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...output.flatMap((item, at) => itemValues(item, at)),
    {
      type: whole['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed',
      response: whole,
    },
  ];
}

/** The same as text. */
export function streamOf(
  output: readonly FakeItem[],
  changes: Readonly<Record<string, unknown>> = {},
): string {
  return numbered(eventValues(output, changes)).join('');
}

export function itemValues(item: FakeItem, at: number): Value[] {
  const place = { output_index: at };
  const begun: Value = { ...item };
  if ('status' in item) begun['status'] = 'in_progress';
  for (const key of ['content', 'summary']) if (key in item) begun[key] = [];
  for (const key of ['arguments', 'input']) if (key in item) begun[key] = '';
  return [
    { type: 'response.output_item.added', ...place, item: begun },
    ...partValues(item, at),
    { type: 'response.output_item.done', ...place, item },
  ];
}

function partValues(item: FakeItem, at: number): Value[] {
  const place = { item_id: item.id, output_index: at };
  if (item.type === 'function_call')
    return textValues('response.function_call_arguments', 'arguments', place, String(item['arguments']));
  if (item.type === 'custom_tool_call')
    return textValues('response.custom_tool_call_input', 'input', place, String(item['input']));
  const summary = ((item['summary'] ?? []) as Value[]).flatMap((part, index) =>
    partEvents('response.reasoning_summary_part', { ...place, summary_index: index }, part),
  );
  const content = ((item['content'] ?? []) as Value[]).flatMap((part, index) =>
    partEvents('response.content_part', { ...place, content_index: index }, part),
  );
  return [...summary, ...content];
}

const STEMS: Readonly<Record<string, string>> = {
  output_text: 'response.output_text',
  refusal: 'response.refusal',
  summary_text: 'response.reasoning_summary_text',
  reasoning_text: 'response.reasoning_text',
};

function partEvents(stem: string, place: Value, part: Value): Value[] {
  const key = part['type'] === 'refusal' ? 'refusal' : 'text';
  const text = String(part[key]);
  return [
    { type: `${stem}.added`, ...place, part: { ...part, [key]: '' } },
    ...textValues(STEMS[String(part['type'])] ?? '', key, place, text),
    { type: `${stem}.done`, ...place, part },
  ];
}

function textValues(stem: string, key: string, place: Value, text: string): Value[] {
  const half = Math.ceil(text.length / 2);
  const pieces = [text.slice(0, half), text.slice(half)].filter((piece) => piece !== '');
  return [
    ...pieces.map((delta) => ({ type: `${stem}.delta`, ...place, delta })),
    { type: `${stem}.done`, ...place, [key]: text },
  ];
}
