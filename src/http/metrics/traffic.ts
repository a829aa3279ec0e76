import type { LedgerRow } from '../../protocol/ledger.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import { histogramSamples, type Metric, type Sample } from './exposition.ts';
import { Buckets, ByLabel } from './series.ts';

/** Seconds. A request may take an hour; most take a few seconds. */
const DURATION_S: readonly number[] = [0.1, 0.5, 1, 2.5, 5, 15, 60, 300];
/** Seconds to the first content of a stream. */
const FIRST_TOKEN_S: readonly number[] = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

/** Limits of series per label; a configuration has far fewer. */
const ENDPOINTS_MAX = 32;
const LANES_MAX = 64;
const PROVIDERS_MAX = 128;

/** Label `lane` of requests that belong to none, since they name a model. */
const NO_LANE = 'none';

const STATUS_CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

interface EndpointCounts {
  /** By state, then by index in `STATUS_CLASSES`. */
  readonly states: Map<string, number[]>;
  readonly lanes: ByLabel<Buckets>;
}

interface ProviderCounts {
  readonly attempts: Map<string, number>;
  readonly firstToken: Buckets;
  inputTokens: number;
  outputTokens: number;
}

/** Counts requests by outcome as they end. Labels come from the code and the configuration, never from callers. */
export class Traffic {
  readonly #endpoints: ByLabel<EndpointCounts>;
  readonly #providers: ByLabel<ProviderCounts>;

  constructor(snapshot: () => Snapshot) {
    const isLane = (name: string): boolean => name === NO_LANE || snapshot().lanes.has(name);
    this.#endpoints = new ByLabel(
      () => ({ states: new Map(), lanes: new ByLabel(() => new Buckets(DURATION_S), LANES_MAX, isLane) }),
      ENDPOINTS_MAX,
      // Endpoints are paths of routes, never what a caller sent.
      () => true,
    );
    this.#providers = new ByLabel(
      () => ({
        attempts: new Map(),
        firstToken: new Buckets(FIRST_TOKEN_S),
        inputTokens: 0,
        outputTokens: 0,
      }),
      PROVIDERS_MAX,
      (id) => snapshot().providers.has(id),
    );
  }

  /** Counts a finished request. Hot path: under a microsecond. */
  observe(row: LedgerRow): void {
    const { states, lanes } = this.#endpoints.of(row.endpoint);
    let classes = states.get(row.state);
    if (classes === undefined) states.set(row.state, (classes = [0, 0, 0, 0, 0, 0]));
    const statusClass = row.status === null ? 0 : Math.floor(row.status / 100);
    classes[statusClass] = (classes[statusClass] ?? 0) + 1;
    if (row.durationMs !== null) lanes.of(row.lane ?? NO_LANE).observe(row.durationMs / 1000);
    for (const { target, class: failure, startMs, firstTokenMs } of row.attempts) {
      const provider = this.#providers.of(providerOf(target));
      const outcome = failure ?? 'ok';
      provider.attempts.set(outcome, (provider.attempts.get(outcome) ?? 0) + 1);
      if (firstTokenMs !== null) provider.firstToken.observe((firstTokenMs - startMs) / 1000);
    }
    if (row.target === null || (row.inputTokens === null && row.outputTokens === null)) return;
    const provider = this.#providers.of(providerOf(row.target));
    provider.inputTokens += row.inputTokens ?? 0;
    provider.outputTokens += row.outputTokens ?? 0;
  }

  /** The current values, for a scrape. */
  metrics(): Metric[] {
    return [this.#requests(), this.#durations(), this.#attempts(), this.#firstTokens(), this.#tokens()];
  }

  #requests(): Metric {
    const values: Sample[] = [];
    for (const [endpoint, { states }] of this.#endpoints) {
      for (const [state, classes] of states) {
        for (const [index, value] of classes.entries()) {
          const status_class = STATUS_CLASSES[index];
          if (value > 0 && status_class !== undefined)
            values.push({ labels: { endpoint, state, status_class }, value });
        }
      }
    }
    const help = 'Finished requests of the data plane, by outcome and by status class of the reply.';
    return { name: 'laneway_requests_total', help, type: 'counter', values };
  }

  #durations(): Metric {
    const name = 'laneway_request_duration_seconds';
    const values: Sample[] = [];
    for (const [endpoint, { lanes }] of this.#endpoints) {
      for (const [lane, buckets] of lanes)
        values.push(...histogramSamples(name, { endpoint, lane }, buckets));
    }
    return {
      name,
      help: 'From the first byte of a request to the last byte of its reply.',
      type: 'histogram',
      values,
    };
  }

  #attempts(): Metric {
    const values = [...this.#providers].flatMap(([provider, { attempts }]) =>
      [...attempts].map(([failure, value]) => ({ labels: { provider, class: failure }, value })),
    );
    const help = 'Upstream calls by outcome: "ok" or the failure class.';
    return { name: 'laneway_attempts_total', help, type: 'counter', values };
  }

  #firstTokens(): Metric {
    const name = 'laneway_time_to_first_token_seconds';
    const values = [...this.#providers].flatMap(([provider, { firstToken }]) =>
      histogramSamples(name, { provider }, firstToken),
    );
    const help = 'From the start of an upstream call to its first content; streams only.';
    return { name, help, type: 'histogram', values };
  }

  #tokens(): Metric {
    const values = [...this.#providers].flatMap(([provider, { inputTokens, outputTokens }]) => [
      { labels: { provider, direction: 'input' }, value: inputTokens },
      { labels: { provider, direction: 'output' }, value: outputTokens },
    ]);
    const help = 'Tokens, as counted by the upstream.';
    return { name: 'laneway_tokens_total', help, type: 'counter', values };
  }
}

/** `groq` of `groq/openai/gpt-oss-120b`. */
function providerOf(target: string): string {
  const end = target.indexOf('/');
  return end < 0 ? target : target.slice(0, end);
}
