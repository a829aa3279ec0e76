import { describe, expect, test } from 'vitest';
import { GatewayError, type ErrorCode } from '../../../src/protocol/errors.ts';
import { anthropicSurface } from '../../../src/wire/surfaces/anthropic.ts';

interface Envelope {
  readonly type: string;
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id: string;
}

const envelope = (code: ErrorCode, message = 'why'): Envelope =>
  JSON.parse(anthropicSurface.errorBody(new GatewayError(code, message), 'req_1').toString()) as Envelope;

describe('errors of the Anthropic surface', () => {
  test.each<[ErrorCode, string]>([
    ['invalid_body', 'invalid_request_error'],
    ['invalid_api_key', 'authentication_error'],
    ['host_not_allowed', 'permission_error'],
    ['model_not_found', 'not_found_error'],
    ['request_too_large', 'request_too_large'],
    ['upstream_rate_limited', 'rate_limit_error'],
    ['no_target', 'overloaded_error'],
    ['upstream_connect', 'api_error'],
    ['upstream_timeout', 'api_error'],
  ])('%s is a %s', (code, type) => {
    expect(envelope(code)).toEqual({ type: 'error', error: { type, message: 'why' }, request_id: 'req_1' });
  });

  test('the error for a prompt that is too long contains the phrase that Claude Code looks for', () => {
    expect(envelope('context_length_exceeded', '9 tokens').error.message).toBe(
      'prompt is too long: 9 tokens',
    );
    expect(envelope('context_length_exceeded', 'prompt is too long: 9').error.message).toBe(
      'prompt is too long: 9',
    );
  });

  test('wire case 12: in a stream an error is an event of that name', () => {
    const event = anthropicSurface.errorEvent(new GatewayError('upstream_busy', 'a\nb'), 'req_1').toString();
    expect(event).toMatch(/^event: error\ndata: \{"type":"error",.*\}\n\n$/);
  });

  test('wire case 132: a ping is an event', () => {
    expect(anthropicSurface.heartbeat().toString()).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });

  test('wire case 140: only the vendor’s own envelope is passed', () => {
    const told = '{"type":"error","error":{"type":"x","message":"y"}}';
    expect(
      ['<html>', '{"error":{"message":"x"}}', told].map((body) =>
        anthropicSurface.passesError(Buffer.from(body)),
      ),
    ).toEqual([false, false, true]);
  });
});
