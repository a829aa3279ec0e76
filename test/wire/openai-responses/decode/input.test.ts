import { expect, test } from 'vitest';
import { decode, refusal, turns } from '../../../support/responses-client.ts';

const text = (words: string): object => ({ type: 'text', text: words, cache: null });
const call = (id: string, name = 'f', args = '{}'): object => ({
  ...{ type: 'tool-call', id, name, arguments: args, cache: null },
});
const result = (callId: string, ...content: object[]): object => ({
  ...{ type: 'tool-result', callId, content, isError: false, cache: null },
});

test('a text is one user turn', () => {
  expect(decode({ input: 'Hello' }).request.messages).toEqual([{ role: 'user', parts: [text('Hello')] }]);
});

test('wire case 185: items without a type are messages by their role', () => {
  expect(
    turns(
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'Bye' },
    ),
  ).toEqual([
    { role: 'system', parts: [text('Be brief.')] },
    { role: 'user', parts: [text('Hi')] },
    { role: 'assistant', parts: [text('Hello.')] },
    { role: 'user', parts: [text('Bye')] },
  ]);
});

test('wire case 191: instructions come before the system items of the input', () => {
  const { messages } = decode({
    instructions: 'First.',
    input: [
      { role: 'system', content: 'Second.' },
      { role: 'user', content: 'Hi' },
    ],
  }).request;
  expect(messages.map(({ role, parts }) => [role, parts])).toEqual([
    ['system', [text('First.')]],
    ['system', [text('Second.')]],
    ['user', [text('Hi')]],
  ]);
});

test('wire case 187: reasoning, text and calls between two inputs are one assistant turn, their results the next', () => {
  expect(
    turns(
      { role: 'user', content: 'Go' },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'sig',
      },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call', id: 'fc_2', call_id: 'c2', name: 'g', arguments: '' },
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
      { type: 'function_call_output', call_id: 'c2', output: 'two' },
      { role: 'user', content: 'And?' },
    ),
  ).toEqual([
    { role: 'user', parts: [text('Go')] },
    {
      role: 'assistant',
      parts: [
        { type: 'thinking', text: 'Hm.', signature: 'sig' },
        text('I look.'),
        call('c1', 'f', '{"a":1}'),
        call('c2', 'g'),
      ],
    },
    { role: 'user', parts: [result('c1', text('one')), result('c2', text('two')), text('And?')] },
  ]);
});

test('results go before what the user said meanwhile, and into the turn after their calls', () => {
  expect(
    turns(
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { role: 'developer', content: 'Note.' },
      { role: 'user', content: 'Wait' },
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
    ).map(({ role, parts }) => [role, parts]),
  ).toEqual([
    ['assistant', [call('c1')]],
    ['user', [result('c1', text('one'))]],
    ['system', [text('Note.')]],
    ['user', [text('Wait')]],
  ]);
});

test('wire case 186: the output of a call is text or a list of parts, an image among them', () => {
  const image_url = 'data:image/png;base64,iVBORw0KGgo=';
  const [, results] = turns(
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
    {
      type: 'function_call_output',
      call_id: 'c1',
      output: [
        { type: 'input_text', text: 'seen' },
        { type: 'input_image', image_url, detail: 'original' },
      ],
    },
  );
  const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' } };
  expect(results?.parts).toEqual([result('c1', text('seen'), { ...image, detail: 'high', cache: null })]);
});

test('documents and images of a message reach the model; those stored at OpenAI are refused with what to send', () => {
  const file_data = 'data:application/pdf;base64,JVBERi0=';
  const [turn] = turns({
    role: 'user',
    content: [
      { type: 'input_file', filename: 'a.pdf', file_data },
      { type: 'input_image', image_url: 'https://example.test/a.png' },
    ],
  });
  expect(turn?.parts).toMatchObject([
    { type: 'document', name: 'a.pdf', source: { mediaType: 'application/pdf' } },
    { type: 'image', source: { kind: 'url' }, detail: null },
  ]);
  for (const [type, key] of [
    ['input_image', 'image_url'],
    ['input_file', 'file_data'],
  ]) {
    const error = refusal({ input: [{ role: 'user', content: [{ type, file_id: 'file_1' }] }] });
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'input[0].content[0].file_id' });
    expect(error.message).toContain(key);
  }
});

test('wire case 188: calls of tools that the client runs stay in the history as calls and results', () => {
  expect(
    turns(
      { type: 'local_shell_call', id: 'x', call_id: 'c1', action: { type: 'exec', command: ['ls'] } },
      { type: 'local_shell_call_output', id: 'c1', output: 'a.txt' },
      { type: 'shell_call', call_id: 'c2', action: { commands: ['ls'] } },
      { type: 'shell_call_output', call_id: 'c2', output: [{ stdout: 'b', stderr: '' }] },
    ),
  ).toEqual([
    { role: 'assistant', parts: [call('c1', 'local_shell', '{"type":"exec","command":["ls"]}')] },
    { role: 'user', parts: [result('c1', text('a.txt'))] },
    { role: 'assistant', parts: [call('c2', 'shell', '{"commands":["ls"]}')] },
    { role: 'user', parts: [result('c2', text('[{"stdout":"b","stderr":""}]'))] },
  ]);
});

test('wire case 188: what OpenAI ran itself, and unknown items, are dropped with a warning', () => {
  const { request, warnings } = decode({
    input: [
      { role: 'user', content: 'Hi' },
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { type: 'of_the_future', id: 'x' },
    ],
  });
  expect(request.messages).toHaveLength(1);
  expect(warnings).toEqual([
    'parameter_dropped=input (web_search_call)',
    'parameter_dropped=input (of_the_future)',
  ]);
});

test('wire case 188: references and compacted conversations are refused, since the model would not know them', () => {
  for (const item of [
    { type: 'item_reference', id: 'msg_1' },
    { id: 'msg_1' },
    { type: 'compaction', encrypted_content: 'x' },
  ]) {
    const error = refusal({ input: [{ role: 'user', content: 'Hi' }, item] });
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'input[1]' });
    expect(error.message).toContain('send the whole conversation');
  }
});

test('redacted thinking of another wire survives the client, and other encrypted content is a signature', () => {
  expect(
    turns(
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'laneway:redacted:abc' },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'sig' },
      { type: 'reasoning', id: 'rs_3', summary: [], content: [{ type: 'reasoning_text', text: 'raw' }] },
      { type: 'reasoning', id: 'rs_4', summary: [] },
    ),
  ).toEqual([
    {
      role: 'assistant',
      parts: [
        { type: 'redacted-thinking', data: 'abc' },
        { type: 'thinking', text: '', signature: 'sig' },
        { type: 'thinking', text: 'raw', signature: null },
      ],
    },
  ]);
});

test.each([
  [{ input: [] }, 'input'],
  [{ input: 7 }, 'input'],
  [{ input: '' }, 'input'],
  [{ input: ['x'] }, 'input[0]'],
  [{ input: [{ role: 'robot', content: 'x' }] }, 'input[0].role'],
  [{ input: [{ role: 'user', content: 7 }] }, 'input[0].content'],
  [{ input: [{ type: 'function_call', call_id: 'c', arguments: '{}' }] }, 'input[0].name'],
  [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
  [{ input: [{ role: 'user', content: '' }] }, 'input'],
])('a wrong shape is refused by its path: %j', (body, param) => {
  expect(refusal(body)).toMatchObject({ code: 'invalid_body', param });
});
