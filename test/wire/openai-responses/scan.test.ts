import { expect, test } from 'vitest';
import { GatewayError } from '../../../src/protocol/errors.ts';
import { scanResponses } from '../../../src/wire/openai-responses/scan.ts';
import { json } from '../../support/wire.ts';

function refused(body: object): string {
  try {
    scanResponses(json(body));
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code} ${error.options.param ?? ''}`;
    throw error;
  }
  return 'accepted';
}

test('the facts count instructions, texts, summaries, arguments and outputs, tools and images', () => {
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }];
  const { facts, fields } = scanResponses(
    json({
      ...{ model: 'auto', stream: true, max_output_tokens: 100, tools, instructions: 'x'.repeat(40) },
      text: { format: { type: 'json_schema', name: 'n', schema: {} } },
      input: [
        { role: 'user', content: 'x'.repeat(40) },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'x'.repeat(40) },
            { type: 'input_image', image_url: 'data:image/png;base64,aaaa' },
            { type: 'input_file', file_data: 'data:application/pdf;base64,aaaa' },
          ],
        },
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'x'.repeat(40) }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: 'x'.repeat(40) },
        { type: 'function_call_output', call_id: 'c', output: 'x'.repeat(40) },
        { type: 'custom_tool_call', call_id: 'd', name: 'g', input: 'x'.repeat(40) },
      ],
    }),
  );
  const toolTokens = Math.ceil(JSON.stringify(tools).length / 4);
  expect(facts).toMatchObject({ model: 'auto', kind: 'chat', stream: true, maxOutputTokens: 100 });
  expect(Math.abs(facts.estimatedTokens - (70 + toolTokens + 1000))).toBeLessThan(2);
  expect(facts.needs).toEqual(['tools', 'vision', 'json_schema']);
  expect(fields.map(({ name }) => name)).toContain('input');
});

test('a text is counted too', () => {
  expect(scanResponses(json({ input: 'x'.repeat(400) })).facts).toMatchObject({
    ...{ estimatedTokens: 100, model: null, stream: false, needs: [] },
  });
});

test('wire case 189: encrypted content ties the conversation to its model, redacted thinking by its data', () => {
  const { signatures } = scanResponses(
    json({
      input: [
        { type: 'reasoning', summary: [], encrypted_content: 'sig' },
        { type: 'reasoning', summary: [], encrypted_content: 'laneway:redacted:data' },
        { type: 'reasoning', summary: [], encrypted_content: null },
      ],
    }),
  );
  expect(signatures).toEqual(['sig', 'data']);
});

test('wire case 146: reasoning as plain text is noted, so that it can be left out where a server rejects it', () => {
  const oddities = (item: object): unknown => scanResponses(json({ input: [item] })).oddities;
  const summary = [{ type: 'summary_text', text: 'Hm' }];
  expect(oddities({ type: 'reasoning', summary })).toEqual({ missingReasoning: [] });
  expect(oddities({ summary, type: 'reasoning', encrypted_content: null })).toEqual({ missingReasoning: [] });
  expect(oddities({ type: 'reasoning', summary, encrypted_content: 'sig' })).toBeUndefined();
  expect(oddities({ type: 'reasoning', summary: [] })).toBeUndefined();
  expect(oddities({ role: 'user', content: 'Hi' })).toBeUndefined();
});

test('wire case 90: media that may be local files are refused, wherever they are', () => {
  const image = { type: 'input_image', image_url: 'file:///etc/passwd' };
  expect(refused({ input: [{ role: 'user', content: [image] }] })).toBe(
    'invalid_body input[0].content[0].image_url',
  );
  expect(
    refused({
      input: [{ type: 'function_call_output', call_id: 'c', output: [{ ...image, image_url: '/a.png' }] }],
    }),
  ).toBe('invalid_body input[0].output[0].image_url');
  const file = { type: 'input_file', file_data: '../secret' };
  expect(refused({ input: [{ role: 'user', content: [file] }] })).toBe(
    'invalid_body input[0].content[0].file_data',
  );
  expect(refused({ input: [{ role: 'user', content: [{ ...file, file_data: 'JVBERi0=' }] }] })).toBe(
    'accepted',
  );
});

test.each([
  [{}, 'invalid_body input'],
  [{ input: [] }, 'invalid_body input'],
  [{ input: '' }, 'invalid_body input'],
  [{ input: 'x', model: 7 }, 'invalid_body model'],
  [{ input: 'x', stream: 'yes' }, 'invalid_body stream'],
  [{ input: 'x', max_output_tokens: -1 }, 'invalid_body max_output_tokens'],
  // Refused later, by its own name.
  [{ previous_response_id: 'resp_1' }, 'accepted'],
])('%j is %s', (body, outcome) => {
  expect(refused(body)).toBe(outcome);
});
