import { expect, test } from 'vitest';

import { Limiter } from '../../../src/execution/admit/limiter.ts';
import type { LedgerRow } from '../../../src/protocol/ledger.ts';
import { Metrics } from '../../../src/http/metrics/metrics.ts';
import { RefusedCounts } from '../../../src/http/metrics/refused.ts';
import type { Failure, FailureClass } from '../../../src/protocol/failure.ts';
import { Health } from '../../../src/routing/health.ts';
import type { Snapshot } from '../../../src/routing/snapshot.ts';
import type { StoreStatus } from '../../../src/store/store.ts';
import { snapshotOf } from '../../support/snapshot.ts';

const SNAPSHOT = snapshotOf({
  generation: 7,
  lanes: { coder: {}, main: {} },
  models: { 'groq/fast': {}, 'vllm/big': {}, 'ollama/small': {} },
});

interface Parts {
  readonly snapshot?: () => Snapshot;
  readonly health?: Health;
  readonly store?: StoreStatus;
}

const HEALTHY: StoreStatus = { available: true, why: null, waitingRows: 0, droppedRows: 0 };

function metricsOf({
  snapshot = () => SNAPSHOT,
  health = new Health(() => 0.5),
  store = HEALTHY,
}: Parts = {}): Metrics {
  return new Metrics({
    version: '1.2.3',
    snapshot,
    health,
    limiter: new Limiter({ now: () => 1000 }),
    pools: () => [],
    running: () => 3,
    store: () => store,
    refused: new RefusedCounts(),
    now: () => 1000,
  });
}

type Attempt = LedgerRow['attempts'][number];

function attempt(target: string, failure: FailureClass | null, firstTokenMs: number | null = null): Attempt {
  return {
    n: 1,
    target,
    class: failure,
    status: null,
    startMs: 100,
    firstByteMs: null,
    firstTokenMs,
    durationMs: 10,
    possibleDuplicate: false,
    retryAfterMs: null,
    message: null,
  };
}

function row(over: Partial<LedgerRow> = {}): LedgerRow {
  return {
    id: 'req_1',
    state: 'settled',
    startedMs: Date.UTC(2026, 0),
    durationMs: 700,
    endpoint: '/v1/chat/completions',
    wire: 'openai-chat',
    requested: 'lane:coder',
    node: null,
    lane: 'coder',
    target: 'groq/fast',
    generation: 7,
    user: null,
    clientRequestId: null,
    rule: null,
    stream: true,
    status: 200,
    attempts: [attempt('groq/fast', null, 300)],
    inputTokens: 12,
    outputTokens: 40,
    cachedInputTokens: null,
    reasoningTokens: null,
    usageEstimated: false,
    phases: '',
    plan: '[]',
    warnings: '[]',
    error: null,
    ...over,
  };
}

/** The values of a scrape by name and labels. */
async function scrape(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const { body } = await metrics.text();
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

test('requests are counted by outcome, attempts by class, tokens by direction', async () => {
  const metrics = metricsOf();
  metrics.observe(row({ attempts: [attempt('vllm/big', 'out_of_memory'), attempt('groq/fast', null, 300)] }));
  metrics.observe(row());
  metrics.observe(
    row({
      state: 'failed',
      status: 503,
      target: null,
      lane: null,
      attempts: [],
      inputTokens: null,
      outputTokens: null,
    }),
  );
  metrics.observe(row({ state: 'client_closed', status: null }));
  const values = await scrape(metrics);
  const of = (name: string): number | undefined => values.get(name);
  const chat = 'endpoint="/v1/chat/completions"';
  expect(of(`laneway_requests_total{${chat},state="settled",status_class="2xx"}`)).toBe(2);
  expect(of(`laneway_requests_total{${chat},state="failed",status_class="5xx"}`)).toBe(1);
  expect(of(`laneway_requests_total{${chat},state="client_closed",status_class="none"}`)).toBe(1);
  expect(of('laneway_attempts_total{provider="vllm",class="out_of_memory"}')).toBe(1);
  expect(of('laneway_attempts_total{provider="groq",class="ok"}')).toBe(3);
  expect(of('laneway_tokens_total{provider="groq",direction="input"}')).toBe(36);
  expect(of('laneway_tokens_total{provider="groq",direction="output"}')).toBe(120);
});

test('a running request is not counted: it is recorded again at its end', async () => {
  const metrics = metricsOf();
  metrics.observe(row({ state: 'running', status: null, durationMs: null }));
  expect([...(await scrape(metrics)).keys()].some((name) => name.startsWith('laneway_requests_total'))).toBe(
    false,
  );
});

test('histograms are cumulative, in seconds, and time to first token starts with its attempt', async () => {
  const metrics = metricsOf();
  for (const durationMs of [50, 700, 700, 400_000]) metrics.observe(row({ durationMs }));
  const values = await scrape(metrics);
  const duration = 'laneway_request_duration_seconds';
  const labels = 'endpoint="/v1/chat/completions",lane="coder"';
  expect(values.get(`${duration}_bucket{${labels},le="0.1"}`)).toBe(1);
  expect(values.get(`${duration}_bucket{${labels},le="1"}`)).toBe(3);
  expect(values.get(`${duration}_bucket{${labels},le="300"}`)).toBe(3);
  expect(values.get(`${duration}_bucket{${labels},le="+Inf"}`)).toBe(4);
  expect(values.get(`${duration}_count{${labels}}`)).toBe(4);
  expect(values.get(`${duration}_sum{${labels}}`)).toBeCloseTo(401.45);
  const first = 'laneway_time_to_first_token_seconds';
  expect(values.get(`${first}_sum{provider="groq"}`)).toBeCloseTo(0.8);
  expect(values.get(`${first}_bucket{provider="groq",le="0.1"}`)).toBe(0);
  expect(values.get(`${first}_bucket{provider="groq",le="0.25"}`)).toBe(4);
});

test('10,000 made-up names create no series: they are counted as "other"', async () => {
  const metrics = metricsOf();
  metrics.observe(row());
  const before = (await scrape(metrics)).size;
  for (let n = 0; n < 10_000; n += 1) {
    const target = `made-up-${n}/model-${n}`;
    metrics.observe(
      row({
        requested: `name-${n}`,
        user: `user-${n}`,
        lane: `lane-${n}`,
        target,
        attempts: [attempt(target, 'gone')],
      }),
    );
    // Also on a provider that accepts any name.
    metrics.observe(
      row({ requested: `x-${n}`, target: `groq/x-${n}`, attempts: [attempt(`groq/x-${n}`, null)] }),
    );
  }
  const values = await scrape(metrics);
  expect(values.size - before).toBeLessThan(40);
  expect(values.get('laneway_attempts_total{provider="other",class="gone"}')).toBe(10_000);
  expect(values.get('laneway_attempts_total{provider="groq",class="ok"}')).toBe(10_001);
  const text = [...values.keys()].join('\n');
  expect(text).not.toMatch(/made-up|name-|user-|lane-\d|model-|x-\d/);
});

test('years of renaming do not grow the series without bound', async () => {
  let snapshot = SNAPSHOT;
  const metrics = metricsOf({ snapshot: () => snapshot });
  for (let n = 0; n < 1_000; n += 1) {
    snapshot = snapshotOf({ models: { [`p${n}/m`]: {} } });
    metrics.observe(row({ lane: null, target: `p${n}/m`, attempts: [attempt(`p${n}/m`, 'busy')] }));
  }
  const values = await scrape(metrics);
  expect([...values.keys()].filter((name) => name.startsWith('laneway_attempts_total')).length).toBeLessThan(
    140,
  );
  expect(values.get('laneway_attempts_total{provider="p5",class="busy"}')).toBe(1);
  expect(values.get('laneway_attempts_total{provider="other",class="busy"}')).toBeGreaterThan(800);
});

const REFUSED: Failure = {
  class: 'not_sent',
  code: 'upstream_connect',
  status: null,
  summary: 'refused the connection',
  retryAfterMs: null,
  upstream: null,
};

test('a scrape shows deferred targets and unreachable servers', async () => {
  const health = new Health(() => 0.5);
  health.failed(SNAPSHOT.models.get('vllm/big')!, REFUSED, 900);
  health.succeeded(SNAPSHOT.models.get('groq/fast')!);
  const values = await scrape(metricsOf({ health }));
  expect(values.get('laneway_target_deferred{target="vllm/big",code="unreachable"}')).toBe(1);
  expect(values.get('laneway_provider_up{provider="vllm"}')).toBe(0);
  expect(values.get('laneway_provider_up{provider="groq"}')).toBe(1);
  expect(values.has('laneway_provider_up{provider="ollama"}')).toBe(false);
  expect([...values.keys()].filter((name) => name.startsWith('laneway_target_deferred'))).toHaveLength(1);
});

test('a provider of 500 models that is down makes 200 series and one for the rest', async () => {
  const models = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`cloud/m${n}`, {}]));
  const snapshot = snapshotOf({ models });
  const health = new Health(() => 0.5);
  health.failed(snapshot.models.get('cloud/m0')!, REFUSED, 900);
  const values = await scrape(metricsOf({ snapshot: () => snapshot, health }));
  expect([...values.keys()].filter((name) => name.startsWith('laneway_target_deferred'))).toHaveLength(201);
  expect(values.get('laneway_target_deferred{target="other",code="other"}')).toBe(300);
});

test('the gateway reports its own state', async () => {
  const store = { available: false, why: 'disk full', waitingRows: 12, droppedRows: 200 };
  const values = await scrape(metricsOf({ store }));
  expect(values.get('laneway_build_info{version="1.2.3"}')).toBe(1);
  expect(values.get('laneway_generation')).toBe(7);
  expect(values.get('laneway_requests_running')).toBe(3);
  expect(values.get('laneway_state_available')).toBe(0);
  expect(values.get('laneway_ledger_rows_waiting')).toBe(12);
  expect(values.get('laneway_ledger_rows_dropped_total')).toBe(200);
  expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
});

test('a blocked event loop shows in the next scrape only', async () => {
  const metrics = metricsOf();
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  await turn();
  const until = performance.now() + 120;
  while (performance.now() < until);
  await turn();
  await turn();
  const longest = 'laneway_event_loop_delay_seconds{quantile="1"}';
  expect((await scrape(metrics)).get(longest)).toBeGreaterThan(0.1);
  await turn();
  expect((await scrape(metrics)).get(longest)).toBeLessThan(0.1);
});
