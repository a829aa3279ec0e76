// What choosing costs: the best of 200 models for a lane, a whole plan, and one whose models are not in memory. No
// gateway; prints three figures.
import type { RequestFacts } from '../src/protocol/facts.ts';
import { chainOf } from '../src/routing/chain.ts';
import { resolve } from '../src/routing/resolve.ts';
import type { HealthView } from '../src/routing/plan.ts';
import { NO_MODEL_MEMORY } from '../src/routing/residency.ts';
import type { LaneEntry, ModelEntry, ProviderEntry, Snapshot } from '../src/routing/snapshot.ts';

const MODELS = 200;
const ROUNDS = 5_000;

const deadlines = { connectMs: 5_000, firstTokenMs: 120_000, idleMs: 300_000, totalMs: 3_600_000 };
const queue = { max: 64, waitMs: 120_000 };

const provider: ProviderEntry = {
  ...{ id: 'near', name: 'near', type: 'ollama', local: true, missingKey: null, listed: true },
  ...{ completeList: true, answersAnyName: false, repliesNameModel: false, defaultTag: null },
};

const models = Array.from({ length: MODELS }, (_, n): [string, ModelEntry] => {
  const modelId = `model-${n}`;
  const strength = (n * 7919) % 100;
  const entry: ModelEntry = {
    ...{
      id: `near/${modelId}`,
      provider,
      modelId,
      upstreamId: modelId,
      name: null,
      kind: 'chat',
      speed: 'fast',
    },
    capabilities: {
      ...{ context_length: 4096 * (1 + (n % 16)), coding_strength: strength / 100, reasoning_strength: 0.5 },
      ...{ supports_tools: true, memory_gb_estimate: n % 60, min_memory_gb: n % 50 },
    },
    ...{ sources: {}, rules: null, fallbacks: [], params: {}, retired: false, inList: true },
    ...{ status: n % 2 === 0 ? 'loaded' : 'unloaded', unseen: null, environmentTargetOf: null },
  };
  return [entry.id, entry];
});

const lane: LaneEntry = {
  ...{
    name: 'coder',
    description: null,
    environmentTarget: null,
    preferred: ['near/model-3', 'near/model-5'],
  },
  requirements: { coding_strength: 0.6, context_length_min: 16_000, memory_gb_max: 40, supports_tools: true },
  ...{ cloudFallback: [], cloud: null, params: {}, deadlines: { ...deadlines, local: deadlines } },
  ...{ onUnanswered: 'next', onContentPolicy: 'stop', override: null, queue },
};

function snapshot(): Snapshot {
  return {
    ...{ generation: 1, defaultLane: 'coder', providers: new Map([['near', provider]]) },
    ...{ models: new Map(models), lanes: new Map([['coder', lane]]), nodes: new Map(), aliases: new Map() },
    ...{ deepIngest: null, deadlines: { ...deadlines, local: deadlines }, cloud: true, queue },
  };
}

const facts: RequestFacts = {
  ...{ model: 'lane:coder', kind: 'chat', stream: false, estimatedTokens: 500 },
  ...{ maxOutputTokens: null, sizeBytes: 2_000, needs: ['tools'] },
};
const headers = { node: null, lane: null, hints: [], noFallback: false };
const health: HealthView = { ...NO_MODEL_MEMORY, deferral: () => null };
const destination = { kind: 'lane', requested: 'lane:coder', lane } as const;

/** The median and the 99th percentile of what `work` takes, in microseconds. */
function measure(work: () => unknown): string {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    work();
    return (performance.now() - start) * 1000;
  });
  const sorted = times.sort((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(ROUNDS * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} µs, p99 ${at(0.99)} µs`;
}

// A new snapshot each time, since the chain of a lane is kept with its snapshot.
const fresh = Array.from({ length: ROUNDS }, snapshot).values();
const selection = measure(() =>
  chainOf(destination, 'chat', null, fresh.next().value ?? snapshot(), health.residency),
);
const kept = snapshot();
const plan = measure(() => resolve({ facts, headers }, kept, health));
const residency = new Map(
  models.map(([id]) => [id, { resident: false, loadMs: 31_000, waits: false, startsServer: false }]),
);
const unloaded: HealthView = { ...health, residency };
const deferred = measure(() => resolve({ facts, headers }, kept, unloaded));
console.log(`selection among ${MODELS} models (goal 1,000 µs): ${selection}`);
console.log(`a plan (goal 30 µs): ${plan}`);
console.log(`a plan of models that are not in memory (goal 30 µs): ${deferred}`);
