import type { Config, LaneConfig, NodeConfig } from '../../config/config.ts';
import type { LaneEntry, ModelEntry, NodeEntry, ProviderEntry, Snapshot } from '../../routing/snapshot.ts';
import { hostKind } from '../../util/network-address.ts';
import { buildModels } from './build-models.ts';
import { deadlinesInMs } from './deadlines.ts';
import { queueBounds } from './queue-bounds.ts';
import { buildEnvironmentTargets } from './environment-targets.ts';
import { applyOverrides } from '../assignments/overrides.ts';
import { lostOverrideWarnings } from '../assignments/lost-overrides.ts';
import { unlistedModelWarnings } from './unlisted-models.ts';
import type { ProviderFacts, SnapshotParts } from './snapshot-parts.ts';

/** A snapshot, and warnings for the operator. */
export interface BuiltSnapshot {
  /** With the global overrides applied. */
  readonly snapshot: Snapshot;
  readonly warnings: readonly string[];
}

/** Builds the frozen snapshot that routing reads. A pure function. */
export function buildSnapshot(parts: SnapshotParts): BuiltSnapshot {
  const { config } = parts;
  const providers = new Map(
    [...parts.providers.values()].map((facts) => [facts.id, providerEntry(facts, parts)]),
  );
  for (const [id, provider] of Object.entries(config.providers))
    if (!provider.enabled) providers.set(id, disabledProvider(id, provider));
  const rule = config.rules.deep_ingest;
  const listed = buildModels(parts, providers);
  const bounded = parts.windows?.bound(listed) ?? listed;
  const models = parts.memory?.mark(bounded) ?? bounded;
  const { environmentTargets, warnings } = buildEnvironmentTargets(parts, providers, models);
  const lanes = Object.entries(config.lanes).map(
    ([name, lane]) => [name, laneEntry(name, lane, environmentTargets.get(name) ?? null, config)] as const,
  );
  const nodes = Object.entries(config.nodes).map(([name, node]) => [name, nodeEntry(name, node)] as const);
  const snapshot: Snapshot = Object.freeze({
    generation: parts.generation,
    defaultLane: config.default_lane,
    providers,
    models,
    lanes: new Map(lanes),
    nodes: new Map(nodes),
    aliases: new Map(Object.entries(config.aliases)),
    deepIngest:
      rule === null
        ? null
        : {
            lane: rule.lane,
            overTokens: rule.over_tokens,
            overBytes: rule.over_bytes,
            repositories: rule.repositories,
          },
    deadlines: deadlinesInMs(config.defaults.deadlines),
    queue: queueBounds(config.defaults.queue),
    cloud: config.defaults.cloud,
  });
  return {
    snapshot: applyOverrides(snapshot, parts.overrides.of(null)),
    warnings: [
      ...warnings,
      ...unlistedModelWarnings(config, models),
      ...lostOverrideWarnings(parts.overrides, snapshot),
    ],
  };
}

function providerEntry(facts: ProviderFacts, parts: SnapshotParts): ProviderEntry {
  const { type, completeList, answersAnyName, defaultTag, windowParam } = facts.settings;
  const listing = parts.listings.get(facts.id);
  const concurrency = parts.config.providers[facts.id]?.concurrency;
  const unreadable = parts.unreadable?.get(facts.id);
  return Object.freeze({
    id: facts.id,
    name: facts.name,
    type,
    local: facts.local,
    missingKey: facts.missingKey,
    keyVariable: facts.keyVariable ?? null,
    listed: listing !== undefined,
    completeList,
    answersAnyName,
    repliesNameModel: listing?.repliesNameModel ?? false,
    defaultTag: defaultTag ?? null,
    ...(isOnThisMachine(facts) ? { onThisMachine: true as const } : null),
    ...(windowParam === undefined ? null : { windowParam }),
    ...(concurrency === undefined ? null : { concurrency }),
    ...(unreadable === undefined ? null : { unreadable }),
  });
}

function isOnThisMachine({ local, baseUrl }: ProviderFacts): boolean {
  return local && baseUrl !== undefined && hostKind(new URL(baseUrl).hostname) === 'loopback';
}

/** Known by name only, so that errors and lists call it disabled; its server is never called. */
function disabledProvider(id: string, { name, type, local }: Config['providers'][string]): ProviderEntry {
  return Object.freeze({
    ...{ id, name, type, local, disabled: true },
    ...{ missingKey: null, defaultTag: null, listed: false, completeList: false, answersAnyName: false },
    repliesNameModel: false,
  });
}

function laneEntry(
  name: string,
  lane: LaneConfig,
  environmentTarget: ModelEntry | null,
  { defaults }: Config,
): LaneEntry {
  return Object.freeze({
    name,
    description: lane.description ?? null,
    environmentTarget,
    preferred: lane.preferred,
    requirements: lane.requirements,
    cloudFallback: lane.cloud_fallback,
    cloud: lane.cloud ?? null,
    params: lane.params,
    deadlines: deadlinesInMs(lane.deadlines),
    onUnanswered: lane.on_unanswered,
    onContentPolicy: lane.on_content_policy,
    ...(lane.concurrency === undefined ? null : { concurrency: lane.concurrency }),
    queue: queueBounds({ ...defaults.queue, ...lane.queue }),
    ...(lane.wait_while_loading === true ? { waitWhileLoading: true as const } : null),
    ...(lane.burst === true ? { burst: true as const } : null),
    override: null,
  });
}

function nodeEntry(name: string, node: NodeConfig): NodeEntry {
  const assignment = { model: node.model, lane: node.lane };
  return Object.freeze({
    name,
    kind: node.kind,
    description: node.description ?? null,
    why: node.why ?? null,
    assignment,
    default: assignment,
    override: null,
    fallbacks: node.fallbacks,
    params: node.params,
    cloud: node.cloud ?? null,
  });
}
