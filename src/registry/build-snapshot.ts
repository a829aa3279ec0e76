import type { DeadlineSeconds, LaneConfig, NodeConfig } from '../config/config.ts';
import type { Deadlines, LaneEntry, NodeEntry, ProviderEntry, Snapshot } from '../routing/snapshot.ts';
import { buildModels } from './build-models.ts';
import type { Override } from './ports.ts';
import type { ProviderFacts, SnapshotParts } from './snapshot-parts.ts';

/** Makes the frozen snapshot that routing reads. Pure. */
export function buildSnapshot(parts: SnapshotParts): Snapshot {
  const { config } = parts;
  const providers = new Map(
    [...parts.providers.values()].map((facts) => [facts.id, providerEntry(facts, parts)]),
  );
  const rule = config.rules.deep_ingest;
  return Object.freeze({
    generation: parts.generation,
    defaultLane: config.default_lane,
    providers,
    models: buildModels(parts, providers),
    lanes: new Map(Object.entries(config.lanes).map(([name, lane]) => [name, laneEntry(name, lane)])),
    nodes: new Map(
      Object.entries(config.nodes).map(([name, node]) => [
        name,
        nodeEntry(name, node, parts.overrides.get(name)),
      ]),
    ),
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
    deadlines: milliseconds(config.defaults.deadlines),
  });
}

function providerEntry(facts: ProviderFacts, parts: SnapshotParts): ProviderEntry {
  const { type, completeList, answersAnyName, defaultTag } = facts.settings;
  const listing = parts.listings.get(facts.id);
  return Object.freeze({
    id: facts.id,
    name: facts.name,
    type,
    local: facts.local,
    missingKey: facts.missingKey,
    listed: listing !== undefined,
    completeList,
    answersAnyName,
    defaultTag: defaultTag ?? null,
  });
}

function laneEntry(name: string, lane: LaneConfig): LaneEntry {
  return Object.freeze({
    name,
    description: lane.description ?? null,
    preferred: lane.preferred,
    requirements: lane.requirements,
    cloudFallback: lane.cloud_fallback,
    cloud: lane.cloud,
    params: lane.params,
    deadlines: milliseconds(lane.deadlines),
    onUnanswered: lane.on_unanswered,
    onContentPolicy: lane.on_content_policy,
  });
}

function nodeEntry(name: string, node: NodeConfig, override: Override | undefined): NodeEntry {
  const fallback = { model: node.model, lane: node.lane };
  return Object.freeze({
    name,
    kind: node.kind,
    description: node.description ?? null,
    why: node.why ?? null,
    assignment: override === undefined ? fallback : { model: override.model, lane: override.lane },
    default: fallback,
    override:
      override === undefined ? null : { reason: override.reason, actor: override.actor, at: override.at },
    fallbacks: node.fallbacks,
    params: node.params,
    cloud: node.cloud,
  });
}

function milliseconds(deadlines: DeadlineSeconds): Deadlines {
  return Object.freeze({
    connectMs: deadlines.connect_s * 1000,
    firstTokenMs: deadlines.first_token_s * 1000,
    idleMs: deadlines.idle_s * 1000,
    totalMs: deadlines.total_s * 1000,
  });
}
