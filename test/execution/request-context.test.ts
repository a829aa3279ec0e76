import { expect, test } from 'vitest';

import { Admission } from '../../src/execution/admit/admission.ts';
import { RequestBody } from '../../src/execution/admit/request-body.ts';
import type { IncomingRequest } from '../../src/execution/incoming-request.ts';
import { RequestContext } from '../../src/execution/request-context.ts';

function contextAndAborts(): {
  context: RequestContext;
  attempt: { abort(): void };
  aborts: () => number;
} {
  const incoming = { receivedAt: 0, authenticatedAt: 0 } as unknown as IncomingRequest;
  const body = new RequestBody(Buffer.alloc(0), new Admission().reserve(0));
  let aborts = 0;
  const attempt = {
    abort: () => {
      aborts += 1;
    },
  };
  return { context: new RequestContext(incoming, body, 0), attempt, aborts: () => aborts };
}

test('a request that is aborted between two attempts ends its next attempt at once', () => {
  const { context, attempt, aborts } = contextAndAborts();
  context.abort();
  expect(aborts()).toBe(0);
  context.attemptStarted(attempt);
  expect(aborts()).toBe(1);
});

test('an attempt that has ended is not aborted', () => {
  const { context, attempt, aborts } = contextAndAborts();
  context.attemptStarted(attempt);
  context.attemptEnded();
  context.abort();
  expect(aborts()).toBe(0);
});
