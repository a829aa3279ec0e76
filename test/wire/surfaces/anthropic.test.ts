import { describe, expect, test } from 'vitest';
import { GatewayError, type ErrorCode } from '../../../src/protocol/errors.ts';
import type { OverflowSizes } from '../../../src/protocol/upstream-error.ts';
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

  test('if the prompt fits and the limit of the output does not, the error is never "prompt is too long"', () => {
    const message = (overflow: OverflowSizes): string => {
      const error = new GatewayError('context_length_exceeded', 'why', { overflow });
      return (JSON.parse(anthropicSurface.errorBody(error, 'req_1').toString()) as Envelope).error.message;
    };
    expect(message({ tokens: null, window: 6048, output: 6048, prompt: 568 })).toBe(
      'input length and `max_tokens` exceed context limit: 568 + 6048 > 6048, decrease input length or `max_tokens` and try again; why',
    );
    expect(message({ tokens: null, window: 1024, output: 5000, prompt: null })).toBe(
      'max_tokens: 5000 > 1024, which is the size of the context; why',
    );
    expect(message({ tokens: 2000, window: 1024 })).toBe(
      'prompt is too long: 2000 tokens > 1024 maximum; why',
    );
  });

  test('wire case 12: in a stream an error is an event of that name', () => {
    const event = anthropicSurface.errorEvent(new GatewayError('upstream_busy', 'a\nb'), 'req_1').toString();
    expect(event).toMatch(/^event: error\ndata: \{"type":"error",.*\}\n\n$/);
  });

  test('wire case 132: a ping is an event', () => {
    expect(anthropicSurface.heartbeat(null).toString()).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });

  test('wire case 140: only the vendor’s own envelope is passed', () => {
    const of = (type: unknown): string =>
      JSON.stringify({ type: 'error', error: { type, message: 'Please wait.' } });
    const passes = (body: string): boolean => anthropicSurface.passesError(Buffer.from(body));
    expect(['overloaded_error', 'request_too_large', 'a_new_error'].map(of).map(passes)).toEqual([
      ...[true, true, true],
    ]);
    // The types of vLLM 0.32.0 on its /v1/messages, recorded on 2026-11-29.
    const others = ['BadRequestError', 'NotFoundError', 'Service Unavailable', 7, undefined];
    for (const body of ['<html>', '{"error":{"message":"x"}}', ...others.map(of)]) {
      expect(passes(body)).toBe(false);
    }
  });
});
