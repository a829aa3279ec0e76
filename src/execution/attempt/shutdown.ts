import { failureOf, type Failure } from '../../protocol/failure.ts';

const SUMMARY = 'was aborted: the gateway is shutting down';

/**
 * The failure of an attempt that the shutdown aborts; `sent`: the request had been sent, so the work may have been done.
 * After the commit it is recorded as `started`, like every failure there.
 */
export function shutdownFailure(sent: boolean): Failure {
  return failureOf(sent ? 'unanswered' : 'not_sent', 'draining', SUMMARY);
}

/** Whether the shutdown ended the attempt: then no other target is tried, and the target's health is not affected. */
export function isShutdown({ code }: Failure): boolean {
  return code === 'draining';
}
