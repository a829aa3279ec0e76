import { expect, test } from 'vitest';
import { APIError } from '@anthropic-ai/sdk';
import { GatewayError } from '../../../../src/protocol/errors.ts';
import { messagesCodec } from '../../../../src/wire/anthropic-messages/codec.ts';
import { anthropicSurface } from '../../../../src/wire/surfaces/anthropic.ts';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import type { DecodedRequest } from '../../../../src/wire/codec.ts';

const HI = { role: 'user', content: 'hi' };
const decode = (more: object): DecodedRequest<'chat'> => {
  const body = Buffer.from(JSON.stringify({ model: 'm', max_tokens: 5, messages: [HI], ...more }));
  return messagesCodec.decodeRequest(scanMessages(body), {});
};
function refusal(more: object): GatewayError {
  try {
    decode(more);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

test.each(['', [], [{ type: 'text', text: '' }], [{ type: 'a_new_block' }]].map((content) => [content]))(
  'a single user turn of %j is rejected instead of sending no messages',
  (content) => {
    const { code, options } = refusal({ system: 'be brief', messages: [{ role: 'user', content }] });
    expect([code, options.param]).toEqual(['unsupported_parameter', 'messages']);
  },
);

test('wire case 133: an empty turn among others is dropped with a warning', () => {
  const { request, warnings } = decode({ messages: [{ role: 'user', content: [] }, HI] });
  expect(request.messages).toHaveLength(1);
  expect(warnings).toEqual([{ code: 'parameter_dropped', detail: 'messages (turn without content)' }]);
});

test.each([{ type: 'create' }, { type: 'continue', previous_message_id: 'msg_1' }])(
  'the thread %j is rejected with the error on which Anthropic’s SDK sends the whole history',
  (thread) => {
    const error = refusal({ thread });
    expect([error.status, error.code, error.options.param]).toEqual([400, 'unsupported_parameter', 'thread']);
    const body = JSON.parse(anthropicSurface.errorBody(error, 'r').toString()) as object;
    // As read by `ThreadState` of the SDK.
    const seen = APIError.generate(400, body, undefined, new Headers());
    expect((seen.error as { error: { details: unknown } }).error.details).toEqual({
      error_code: 'thread_unsupported_request',
      unsupported: ['thread'],
    });
  },
);
