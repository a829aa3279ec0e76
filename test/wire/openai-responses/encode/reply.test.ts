import { expect, test } from 'vitest';
import { reply, whole } from '../../../support/responses-client.ts';

/** Keys that `Response` of `openai` 7 requires. */
const REQUIRED = [
  ...[
    'id',
    'object',
    'created_at',
    'status',
    'error',
    'incomplete_details',
    'instructions',
    'metadata',
    'model',
  ],
  ...[
    'output',
    'parallel_tool_calls',
    'temperature',
    'tool_choice',
    'tools',
    'top_p',
    'access_programs',
    'usage',
  ],
];
const TOOLS = [
  { type: 'custom', name: 'apply_patch' },
  {
    type: 'namespace',
    name: 'agents',
    tools: [
      { type: 'function', name: 'spawn' },
      { type: 'custom', name: 'note' },
    ],
  },
];
const INCLUDE = ['reasoning.encrypted_content'];

test('wire case 180: all required keys are present, usage with its details', () => {
  const answer = whole(reply([{ type: 'text', text: 'Hello' }]));
  for (const key of REQUIRED) expect(answer).toHaveProperty(key);
  expect(answer).toMatchObject({
    ...{
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'm',
      error: null,
      incomplete_details: null,
    },
    created_at: 1_795_246_738,
    usage: {
      ...{ input_tokens: 5, output_tokens: 3, total_tokens: 8 },
      input_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 1 },
    },
  });
  expect(answer.output).toEqual([
    {
      ...{ id: 'msg_1_0', type: 'message', status: 'completed', role: 'assistant' },
      content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'Hello' }],
    },
  ]);
});

test('a usage that the upstream does not report is estimated, and a missing model is the one that was asked', () => {
  const answer = whole(reply([{ type: 'text', text: '12345678' }], { usage: null, model: null, id: null }));
  expect(answer).toMatchObject({ model: 'upstream-model', usage: { input_tokens: 9, output_tokens: 2 } });
});

test('the reply repeats the settings of the request', () => {
  const settings = {
    ...{
      instructions: 'Be brief.',
      metadata: { a: 'b' },
      temperature: 0.5,
      max_output_tokens: 9,
      tools: TOOLS,
    },
    ...{ parallel_tool_calls: false, text: { verbosity: 'low' }, reasoning: { effort: 'low' } },
  };
  expect(whole(reply([{ type: 'text', text: 'x' }]), settings)).toMatchObject({
    ...settings,
    ...{ previous_response_id: null, store: false, truncation: 'disabled', tool_choice: 'auto', top_p: 1 },
  });
});

test('wire case 183: a reply that the limit cut off is incomplete, with the reason', () => {
  const answer = whole(reply([{ type: 'text', text: 'Once' }], { finish: 'length' }));
  expect(answer).toMatchObject({
    ...{ status: 'incomplete', completed_at: null, incomplete_details: { reason: 'max_output_tokens' } },
    output: [{ status: 'incomplete' }],
  });
  const call = { type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":' } as const;
  expect(whole(reply([call], { finish: 'length' })).output).toMatchObject([{ status: 'incomplete' }]);
  expect(whole(reply([], { finish: 'content-filter' }))).toMatchObject({
    ...{ status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] },
  });
});

test('wire case 184: the id of a call is not that of its item, and arguments of nothing are an empty object', () => {
  const call = { type: 'tool-call', id: 'call_a', name: 'f', arguments: '' } as const;
  expect(whole(reply([{ type: 'text', text: 'x' }, call], { finish: 'tool-calls' })).output[1]).toEqual({
    ...{
      id: 'fc_1_1',
      type: 'function_call',
      status: 'completed',
      call_id: 'call_a',
      name: 'f',
      arguments: '{}',
    },
  });
});

test('wire case 190: calls of custom tools and of namespaces come back as the client knows them', () => {
  const call = (name: string, args: string) =>
    ({ type: 'tool-call', id: name, name, arguments: args }) as const;
  const answer = reply(
    [
      call('apply_patch', '{"input":"*** Begin"}'),
      call('agents__spawn', '{"a":1}'),
      call('agents__note', 'no JSON'),
    ],
    { finish: 'tool-calls' },
  );
  expect(whole(answer, { tools: TOOLS }).output).toEqual([
    {
      ...{ id: 'ctc_1_0', type: 'custom_tool_call', status: 'completed', call_id: 'apply_patch' },
      input: '*** Begin',
      name: 'apply_patch',
    },
    {
      ...{ id: 'fc_1_1', type: 'function_call', status: 'completed', call_id: 'agents__spawn' },
      arguments: '{"a":1}',
      name: 'spawn',
      namespace: 'agents',
    },
    {
      ...{ id: 'ctc_1_2', type: 'custom_tool_call', status: 'completed', call_id: 'agents__note' },
      input: 'no JSON',
      name: 'note',
      namespace: 'agents',
    },
  ]);
});

test('wire case 189: reasoning comes with its encrypted content only for clients that ask for it', () => {
  const answer = reply([
    { type: 'thinking', text: 'Hm', signature: 'sig' },
    { type: 'redacted-thinking', data: 'abc' },
    { type: 'thinking', text: '', signature: 'sig2' },
    { type: 'text', text: 'Yes' },
  ]);
  const summary = [{ type: 'summary_text', text: 'Hm' }];
  expect(whole(answer, { include: INCLUDE }).output.slice(0, 3)).toEqual([
    { id: 'rs_lw_1_0', type: 'reasoning', summary, encrypted_content: 'sig' },
    { id: 'rs_lw_1_1', type: 'reasoning', summary: [], encrypted_content: 'laneway:redacted:abc' },
    { id: 'rs_lw_1_2', type: 'reasoning', summary: [], encrypted_content: 'sig2' },
  ]);
  expect(whole(answer).output.map(({ id }) => id)).toEqual(['rs_lw_1_0', 'msg_1_1']);
  expect(whole(answer).output[0]).toEqual({ id: 'rs_lw_1_0', type: 'reasoning', summary });
});

test('wire case 36: a refusal is a part of the message', () => {
  const { output } = whole(reply([{ type: 'text', text: 'Well.' }], { refusal: 'No.' }));
  expect(output).toMatchObject([{ content: [{ type: 'output_text' }, { type: 'refusal', refusal: 'No.' }] }]);
});

test('text and calls stay in the order of the model, consecutive texts are one', () => {
  const { output } = whole(
    reply([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
      { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' },
      { type: 'text', text: 'c' },
    ]),
  );
  expect(output.map(({ type }) => type)).toEqual(['message', 'function_call', 'message']);
  expect(output[0]).toMatchObject({ content: [{ text: 'ab' }] });
});
