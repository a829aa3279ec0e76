import { expect, test } from 'vitest';
import { ERRORS, GatewayError, type ErrorCode } from '../../src/protocol/errors.ts';

test('every code of the catalogue has a status and a matching type', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const error = new GatewayError(code, 'Words.');
    expect(error.status).toBe(ERRORS[code].status);
    expect(error.body).toEqual({ message: 'Words.', type: ERRORS[code].type, param: null, code });
    if (error.status === 401) expect(error.body.type, code).toBe('authentication_error');
    else if (error.status < 500 && error.status !== 403 && error.status !== 429) {
      expect(error.body.type, code).toBe('invalid_request_error');
    }
    if (error.status >= 500) expect(error.body.type, code).toMatch(/^(api|upstream)_error$/);
  }
});

test('an upstream’s own status, code and type are passed to the client', () => {
  const error = new GatewayError('upstream_bad_request', 'Too hot.', {
    status: 422,
    upstreamCode: 'bad_temperature',
    upstreamType: 'validation_error',
    param: 'temperature',
  });
  expect(error.status).toBe(422);
  expect(error.body).toEqual({
    message: 'Too hot.',
    type: 'validation_error',
    param: 'temperature',
    code: 'bad_temperature',
  });
});

test('detail is present only if it is given', () => {
  expect(new GatewayError('unfit_target', 'No.', { detail: { reasons: [] } }).body.detail).toEqual({
    reasons: [],
  });
  expect(new GatewayError('unfit_target', 'No.').body).not.toHaveProperty('detail');
});
