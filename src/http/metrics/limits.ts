import type { Limiter, LimitStatus, RefusalCount } from '../../execution/admit/limiter.ts';
import type { RefusalCode } from '../../execution/admit/target-gate.ts';
import type { Metric, Sample } from './exposition.ts';

/** The limits of concurrent requests with their use, and how many requests got no room; empty where nothing is limited. */
export function limitMetrics(limiter: Pick<Limiter, 'status' | 'refusals'>): Metric[] {
  const status = limiter.status();
  const gauges = [
    gauge(status, 'laneway_limit_requests', 'Requests that may run at once.', ({ limit }) => limit),
    gauge(status, 'laneway_limit_in_flight', 'Requests that run now.', ({ inFlight }) => inFlight),
    gauge(status, 'laneway_limit_waiting', 'Requests that wait for room.', ({ waiting }) => waiting),
  ];
  const refusals = refusalSamples(status, limiter.refusals());
  return [...(status.length === 0 ? [] : gauges), ...(refusals.length === 0 ? [] : [counter(refusals)])];
}

const CODES: readonly RefusalCode[] = ['queue_full', 'queue_timeout'];

/** Zeros included: a counter that begins with its first refusal hides that one from a rate. */
function refusalSamples(status: readonly LimitStatus[], counts: Iterable<RefusalCount>): Sample[] {
  const samples = new Map<string, Sample>();
  const add = (scope: string, name: string, code: string, value: number): void => {
    samples.set(`${scope} ${name} ${code}`, { labels: { scope, name, code }, value });
  };
  for (const { scope, name } of status) for (const code of CODES) add(scope, name, code, 0);
  for (const { scope, name, code, value } of counts) add(scope, name, code, value);
  return [...samples.values()];
}

function gauge(
  status: readonly LimitStatus[],
  name: string,
  help: string,
  valueOf: (status: LimitStatus) => number,
): Metric {
  const values = status.map((each) => ({
    labels: { scope: each.scope, name: each.name },
    value: valueOf(each),
  }));
  return { name, help, type: 'gauge', values };
}

function counter(values: readonly Sample[]): Metric {
  const help = 'Requests for which there was no room, by error code.';
  return { name: 'laneway_limit_refused_total', help, type: 'counter', values };
}
