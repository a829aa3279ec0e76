import { expect, test } from 'vitest';

import { decodeOpenAiRequest } from '../../../../src/wire/openai-chat/decode/request.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { dataIn, json, openAiEndpoint, openAt } from '../../../support/wire.ts';

const extra = { google: { thought_signature: 'CrIC+/==' } };
const CALL = {
  id: 'c1',
  type: 'function',
  function: { name: 'f', arguments: '{"a":1}' },
  extra_content: extra,
};
const QUESTION = { role: 'user', content: '?' };
const body = (message: object): Buffer =>
  json({ id: 'c', model: 'm', choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });

test('a whole reply that is passed on as a stream keeps the state of its calls', () => {
  const request = scanOpenAiChat(json({ model: 'm', stream: true, messages: [QUESTION] }));
  const { oneShot } = openAt(request, [openAiEndpoint()], {});
  const stream = oneShot(body({ role: 'assistant', content: null, tool_calls: [CALL] })).body;
  const chunks = dataIn([stream]).filter((data) => data !== '[DONE]');
  const calls = chunks.flatMap((data) => {
    const { choices } = JSON.parse(data) as { choices: { delta: { tool_calls?: object[] } }[] };
    return choices[0]?.delta.tool_calls ?? [];
  });
  expect(calls[0]).toMatchObject({ id: 'c1', extra_content: extra });
});

test('the state of a call that goes to a model of another API is dropped with a warning', () => {
  const messages = [QUESTION, { role: 'assistant', tool_calls: [CALL] }];
  const { warnings } = decodeOpenAiRequest(scanOpenAiChat(json({ model: 'm', messages })), {});
  expect(warnings).toContainEqual({
    code: 'parameter_dropped',
    detail: 'messages.tool_calls.extra_content',
  });
});
