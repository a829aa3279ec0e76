import { expect, test } from 'vitest';
import { GatewayError } from '../../../src/protocol/errors.ts';
import { openAiSurface } from '../../../src/wire/surfaces/openai.ts';

const error = new GatewayError('upstream_error', 'evaluate: groq/a failed\n(500)', { param: 'model' });
const envelope = {
  error: {
    message: 'evaluate: groq/a failed\n(500)',
    type: 'upstream_error',
    param: 'model',
    code: 'upstream_error',
  },
};

test('the error body has all four keys, null if unknown', () => {
  expect(JSON.parse(openAiSurface.errorBody(error, '').toString())).toEqual(envelope);
  expect(JSON.parse(openAiSurface.errorBody(new GatewayError('draining', 'Bye.'), '').toString())).toEqual({
    error: { message: 'Bye.', type: 'api_error', param: null, code: 'draining' },
  });
});

test('wire case 12: a mid-stream error is one data event without a name and without [DONE]', () => {
  const event = openAiSurface.errorEvent(error, '').toString();
  expect(event).toMatch(/^data: \{.*\}\n\n$/);
  expect(JSON.parse(event.slice(6))).toEqual(envelope);
});

test('wire case 2: a heartbeat is a comment', () => {
  expect(openAiSurface.heartbeat(null).toString()).toMatch(/^:[^\n]*\n\n$/);
});

test('the target comment names the target, and a model name cannot break out of it', () => {
  expect(openAiSurface.targetComment('groq/llama-3').toString()).toBe(': laneway-target groq/llama-3\n\n');
  expect(openAiSurface.targetComment('x/a\n\ndata: {}\u2028é').toString()).toBe(
    ': laneway-target x/a%0A%0Adata: {}%E2%80%A8%C3%A9\n\n',
  );
});

test('a heartbeat is one comment, whatever the name of the model that it waits for', () => {
  expect(openAiSurface.heartbeat('waiting for l/a\r\ndata: {}').toString()).toBe(
    ': waiting for l/a data: {}\n\n',
  );
});
