import { expect, test } from 'vitest';

import { failureError } from '../../../src/execution/respond/error-reply.ts';
import { failureOf } from '../../../src/protocol/failure.ts';

// A client may come back once a model whose load has failed may be loaded again: nothing was sent that it could repeat.

const failed = failureOf('not_sent', 'upstream_error', 'could not be loaded: its file is broken');

test('the error of a failed load names the rest of its pause', () => {
  const { code, options } = failureError({ ...failed, retryAfterMs: 28_200 }, 'l/a could not be loaded');
  expect([code, options.retryAfterS, options.shouldRetry]).toEqual(['upstream_error', 29, undefined]);
});

test('one that no time can help is not to be repeated', () => {
  const { options } = failureError(failed, 'l/a could not be loaded');
  expect([options.retryAfterS, options.shouldRetry]).toEqual([undefined, false]);
});
