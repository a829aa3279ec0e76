import type { LedgerRow } from '../../protocol/ledger.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import { histogramSamples, type Metric, type Sample } from './exposition.ts';
import { Buckets, ByLabel } from './series.ts';

/** Seconds. A request may take an hour; most take a few seconds. */
const DURATION_S: readonly number[] = [0.1, 0.5, 1, 2.5, 5, 15, 60, 300];
/** Seconds until the first content of a stream. */
const FIRST_TOKEN_S: readonly number[] = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

/** Series of one label; a configuration has far fewer. */
const ENDPOINTS_MAX = 32;
const LANES_MAX = 64;
const PROVIDERS_MAX = 128;

/** What stands in the label `lane` of requests that are of none: those that name a model. */
const NO_LANE = 'none';

const STATUS_CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

interface EndpointCounts {
  /** By state, then by place in `STATUS_CLASSES`. */
  readonly states: Map<string, number[]>;
  readonly lanes: ByLabel<Buckets>;
}

interface ProviderCounts {
  readonly attempts: Map<string, number>;
  readonly firstToken: Buckets;
  inputTokens: number;
  outputTokens: number;
}

/** What requests came to, counted as they end. Its labels are of the code and the configuration, never a caller's. */
export class Traffic {
  readonly #endpoints: ByLabel<EndpointCounts>;
  readonly #providers: ByLabel<ProviderCounts>;

  constructor(snapshot: () => Snapshot) {
    const isLane = (name: string): boolean => name === NO_LANE || snapshot().lanes.has(name);
    this.#endpoints = new ByLabel(
      () => ({ states: new Map(), lanes: new ByLabel(() => new Buckets(DURATION_S), LANES_MAX, isLane) }),
      ENDPOINTS_MAX,
      // The path of a route, never what a caller wrote.
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

  /** Counts a request that has ended; hot path (under a microsecond). */
  observe(row: LedgerRow): void {
    const { states, lanes } = this.#endpoints.of(row.endpoint);
    let classes = states.get(row.state);
    if (classes === undefined) states.set(row.state, (classes = [0, 0, 0, 0, 0, 0]));
    const place = row.status === null ? 0 : Math.floor(row.status / 100);
    classes[place] = (classes[place] ?? 0) + 1;
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

  /** As a scrape shows it. */
  metrics(): Metric[] {
    return [this.#requests(), this.#durations(), this.#attempts(), this.#firstTokens(), this.#tokens()];
  }

  #requests(): Metric {
    const values: Sample[] = [];
    for (const [endpoint, { states }] of this.#endpoints) {
      for (const [state, classes] of states) {
        for (const [place, value] of classes.entries()) {
          const status_class = STATUS_CLASSES[place];
          if (value > 0 && status_class !== undefined)
            values.push({ labels: { endpoint, state, status_class }, value });
        }
      }
    }
    const help = 'Requests of the data plane that have ended, by how they ended and what the client got.';
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
      help: 'From the first byte of a request to the last of its reply.',
      type: 'histogram',
      values,
    };
  }

  #attempts(): Metric {
    const values = [...this.#providers].flatMap(([provider, { attempts }]) =>
      [...attempts].map(([failure, value]) => ({ labels: { provider, class: failure }, value })),
    );
    const help = 'Upstream calls by what became of them: "ok" or the class of the failure.';
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
    const help = 'Tokens as the upstream counted them.';
    return { name: 'laneway_tokens_total', help, type: 'counter', values };
  }
}

/** `groq` of `groq/openai/gpt-oss-120b`. */
function providerOf(target: string): string {
  const end = target.indexOf('/');
  return end < 0 ? target : target.slice(0, end);
}
