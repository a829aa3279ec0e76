import { expect, test } from 'vitest';

import { Admission } from '../../src/execution/admit/admission.ts';
import { RequestBody } from '../../src/execution/admit/request-body.ts';
import type { IncomingRequest } from '../../src/execution/incoming-request.ts';
import { RequestContext } from '../../src/execution/request-context.ts';
import { failureOf, type Failure } from '../../src/protocol/failure.ts';

const SHUTDOWN = failureOf('started', 'draining', 'was cut off');

function contextAndFailures(): {
  context: RequestContext;
  attempt: { abort(failure: Failure): void };
  failures: Failure[];
} {
  const incoming = { receivedAt: 0, authenticatedAt: 0 } as unknown as IncomingRequest;
  const body = new RequestBody(Buffer.alloc(0), new Admission().reserve(0));
  const failures: Failure[] = [];
  const attempt = { abort: (failure: Failure): number => failures.push(failure) };
  return { context: new RequestContext(incoming, body, 0), attempt, failures };
}

test('a request that is aborted between two attempts ends its next attempt at once', () => {
  const { context, attempt, failures } = contextAndFailures();
  context.abort(SHUTDOWN);
  expect(failures).toEqual([]);
  context.attemptStarted(attempt);
  expect(failures).toEqual([SHUTDOWN]);
});

test('an attempt that has ended is not aborted', () => {
  const { context, attempt, failures } = contextAndFailures();
  context.attemptStarted(attempt);
  context.attemptEnded();
  context.abort(SHUTDOWN);
  expect(failures).toEqual([]);
});
