import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/protocol/errors.ts';
import { responsesSurface } from '../../../src/wire/surfaces/responses.ts';
import { eventsIn } from '../../support/wire.ts';

type Json = Record<string, unknown>;

function sent(error: GatewayError): readonly { readonly event: string | null; readonly data: Json }[] {
  return eventsIn([responsesSurface.errorEvent(error, 'req_1')]).map(({ event, data }) => ({
    event,
    data: JSON.parse(data ?? '') as Json,
  }));
}

describe('an error within a stream', () => {
  const [first, second, ...more] = sent(new GatewayError('upstream_error', 'it broke off'));

  test('is an error event first, which the SDKs read nested or flat', () => {
    expect(first).toMatchObject({
      event: 'error',
      data: {
        ...{
          type: 'error',
          sequence_number: 0,
          code: 'upstream_error',
          message: 'it broke off',
          param: null,
        },
        error: { message: 'it broke off', type: 'upstream_error', code: 'upstream_error' },
      },
    });
  });

  test('then response.failed, which Codex reads, and nothing that looks like an end', () => {
    expect(second).toMatchObject({
      event: 'response.failed',
      data: { response: { status: 'failed', error: { code: 'upstream_error', message: 'it broke off' } } },
    });
    expect(more).toEqual([]);
  });

  test.each([
    [new GatewayError('context_length_exceeded', 'too long'), 'context_length_exceeded'],
    [new GatewayError('insufficient_quota', 'no money'), 'insufficient_quota'],
    // Not `server_is_overloaded`, with which Codex gives up instead of trying again.
    [new GatewayError('upstream_busy', 'busy'), 'upstream_busy'],
    [new GatewayError('model_loading', 'loading'), 'model_loading'],
    [new GatewayError('content_filter', 'no'), 'invalid_prompt'],
    [new GatewayError('upstream_disconnected', 'gone'), 'upstream_disconnected'],
  ])('has the code by which Codex repeats a turn or not: %s', (error, code) => {
    expect(sent(error)[1]?.data['response']).toMatchObject({ error: { code } });
  });

  test('names the time to wait in the words that Codex reads', () => {
    const error = new GatewayError('upstream_rate_limited', 'too many requests', { retryAfterS: 7 });
    expect(sent(error)[1]?.data['response']).toMatchObject({
      error: { code: 'rate_limit_exceeded', message: expect.stringMatching(/try again in 7s$/) as string },
    });
  });
});

test('the envelope before a stream is that of OpenAI, and a heartbeat is a comment', () => {
  const body = JSON.parse(
    responsesSurface.errorBody(new GatewayError('no_target', 'none'), 'r').toString(),
  ) as Json;
  expect(body).toMatchObject({ error: { message: 'none', code: 'no_target' } });
  expect(responsesSurface.heartbeat(null).toString()).toBe(': ping\n\n');
});
