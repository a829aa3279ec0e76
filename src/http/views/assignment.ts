import { z } from 'zod';

import { KINDS, SPEEDS, type Kind } from '../../protocol/capabilities.ts';
import { PLAIN_CHAT } from '../../protocol/facts.ts';
import { parseModelId } from '../../protocol/model-id.ts';
import { ANY_MODEL } from '../../registry/snapshot/environment-targets.ts';
import type { Registry } from '../../registry/registry.ts';
import { MODEL_STATUSES, modelStatus } from '../../registry/status.ts';
import { isLocal } from '../../routing/eligible.ts';
import type { Health } from '../../routing/health.ts';
import { resolve } from '../../routing/resolve.ts';
import type { Assignment, LaneEntry, ModelEntry, NodeEntry, Snapshot } from '../../routing/snapshot.ts';
import type { RecentTraffic } from '../metrics/recent-traffic.ts';
import type { AssignmentSubject } from '../subject.ts';
import { answersSchema, answersView } from './answers.ts';
import { modelSize, modelSizeShape } from './model-size.ts';
import { recentStatsSchema, recentStatsView } from './recent-stats.ts';
import { targetSchema, timeSchema } from './shapes.ts';

/** What was assigned, whichever model answers for it. */
export const assignedSchema = z
  .string()
  .nullable()
  .describe(
    "A model's full id or `lane:NAME`; null: a lane as configured, or a node whose model was removed.",
  );

/** Current and default assignment of a node or lane. */
export const assignmentSchema = targetSchema.extend({
  assigned: assignedSchema,
  answers: answersSchema,
  is_default: z.boolean(),
  default: targetSchema,
  why: z.string().nullable(),
  reason: z.string().nullable(),
  actor: z.string().nullable(),
  expires_at: timeSchema.nullable(),
  settings: z
    .object({ params: z.record(z.string(), z.unknown()), fallbacks: z.array(z.string()).nullable() })
    .optional()
    .describe('Parameters and fallbacks that the override of a node sets; absent without any.'),
  rollback: z
    .object({ after_errors: z.int(), within_s: z.int(), errors: z.int(), until: timeSchema })
    .nullable()
    .describe('Set while a switch with `rollback` is watched.'),
  last_duration_ms: z
    .number()
    .nullable()
    .describe('Duration of the last request answered with 2xx, from receipt to last byte.'),
  durations: z
    .array(z.object({ target: z.string(), last_ms: z.number(), at: timeSchema }))
    .describe('The last two targets, newest first.'),
  last_model: z.object({ provider: z.string(), model_id: z.string() }).nullable(),
  last_at: timeSchema.nullable(),
  stats: recentStatsSchema
    .nullable()
    .describe('The last 30 minutes, in memory; null before the first request since the start.'),
});

/** A model that a node could be assigned to, with its status. */
export const availableModelSchema = z.object({
  provider: z.string(),
  model_id: z.string(),
  name: z.string(),
  speed: z.enum(SPEEDS).nullable(),
  status: z.enum(MODEL_STATUSES),
  kind: z.enum(KINDS),
  local: z.boolean(),
  context_length: z.int().nullable().describe('Tokens.'),
  price: z
    .object({ input_usd_per_mtok: z.number(), output_usd_per_mtok: z.number() })
    .nullable()
    .describe('`price` of the configuration; null: unknown.'),
  ...modelSizeShape,
});

/** `assignmentSchema` as a type. */
export type AssignmentView = z.infer<typeof assignmentSchema>;
/** `targetSchema` as a type. */
export type TargetView = z.infer<typeof targetSchema>;

/** Sources that views are built from; `now` is monotonic ms. */
export interface AssignmentSources {
  readonly snapshot: Snapshot;
  readonly registry: Registry;
  readonly health: Health;
  readonly recent: RecentTraffic;
  readonly now: number;
}

/** Formats the assignment of a node. */
export function assignmentView(node: NodeEntry, sources: AssignmentSources): AssignmentView {
  return {
    ...nodeTarget(node, node.assignment, sources),
    assigned: nodeAssigned(node),
    answers: answersView(
      { kind: 'node', node },
      sources.snapshot,
      sources.health.at(sources.now),
      sources.now,
    ),
    is_default: node.override === null,
    default: nodeTarget(node, node.default, sources),
    why: node.why,
    reason: node.override?.reason ?? null,
    actor: node.override?.actor ?? null,
    expires_at: node.override?.expiresAt ?? null,
    ...settingsView(node),
    rollback: rollbackView(node.name, sources),
    ...durationsView(node.name, sources),
    stats: recentStatsView(sources.recent.ofNode(node.name)),
  };
}

/** Formats the assignment of a lane, whose override is a model that the model bar prepended to its chain. */
export function laneAssignmentView(lane: LaneEntry, sources: AssignmentSources): AssignmentView {
  const { snapshot, health, now } = sources;
  const subject = `lane:${lane.name}`;
  const lanes = new Map(snapshot.lanes).set(lane.name, { ...lane, override: null });
  const byDefault = { ...sources, snapshot: { ...snapshot, lanes } };
  return {
    ...laneTarget(lane.name, sources),
    assigned: lane.override?.model ?? null,
    answers: answersView({ kind: 'lane', lane }, snapshot, health.at(now), now),
    is_default: lane.override === null,
    default: laneTarget(lane.name, lane.override === null ? sources : byDefault),
    why: null,
    reason: lane.override?.reason ?? null,
    actor: lane.override?.actor ?? null,
    expires_at: lane.override?.expiresAt ?? null,
    rollback: rollbackView(subject, sources),
    ...durationsView(subject, sources),
    stats: recentStatsView(sources.recent.ofLane(lane.name)),
  };
}

function settingsView({ override }: NodeEntry): Pick<AssignmentView, 'settings'> {
  if (override?.settings === undefined) return {};
  const { params, fallbacks } = override.settings;
  return { settings: { params: { ...params }, fallbacks: fallbacks === null ? null : [...fallbacks] } };
}

/** The last durations of a node, or of `lane:NAME`. */
function durationsView(
  subject: string,
  { registry }: AssignmentSources,
): Pick<AssignmentView, 'last_duration_ms' | 'durations' | 'last_model' | 'last_at'> {
  const durations = registry.durations.of(subject);
  const [last] = durations;
  return {
    last_duration_ms: last?.lastMs ?? null,
    durations: durations.map(({ target, lastMs, atMs }) => ({
      target,
      last_ms: lastMs,
      at: new Date(atMs).toISOString(),
    })),
    last_model: last === undefined ? null : idParts(last.target),
    last_at: last === undefined ? null : new Date(last.atMs).toISOString(),
  };
}

function rollbackView(subject: string, { registry }: AssignmentSources): AssignmentView['rollback'] {
  const watched = registry.rollbacks.of({ user: null, subject });
  if (watched === null) return null;
  const { afterErrors: after_errors, withinS: within_s, errors, until } = watched;
  return { after_errors, within_s, errors, until };
}

/** null: its model was removed, and lanes serve chat only. */
function nodeAssigned({ assignment: { model, lane }, kind }: NodeEntry): string | null {
  return model ?? (kind === 'chat' && lane !== null ? `lane:${lane}` : null);
}

function nodeTarget(node: NodeEntry, assignment: Assignment, sources: AssignmentSources): TargetView {
  if (assignment.model !== null) return { ...idParts(assignment.model), lane: null };
  return laneTarget(assignment.lane ?? '', sources, node);
}

/** A lane, with the target that it would currently select, null when none. */
function laneTarget(name: string, sources: AssignmentSources, node: NodeEntry | null = null): TargetView {
  const model = laneModel(name, sources, node?.kind ?? 'chat');
  const parts = model === null ? { provider: null, model_id: null } : idParts(model.id);
  return { ...parts, lane: name };
}

/** The model that a lane would currently select for a small request; null when none, or when not known yet. */
export function laneModel(
  name: string,
  { snapshot, health, now }: AssignmentSources,
  kind: Kind = 'chat',
): ModelEntry | null {
  if (!snapshot.lanes.has(name)) return null;
  const plan = resolve(
    {
      facts: { ...PLAIN_CHAT, kind },
      headers: { node: null, lane: name, hints: [], noFallback: false },
    },
    snapshot,
    health.at(now),
  );
  const first = plan.eligible > 0 ? plan.entries[0]?.link.target : undefined;
  return first === undefined || first.modelId === ANY_MODEL ? null : first;
}

function idParts(id: string): { provider: string; model_id: string } {
  const parts = parseModelId(id);
  return { provider: parts?.provider ?? '', model_id: parts?.modelId ?? '' };
}

/** All models that a node could be assigned to, with their status, by provider and name. */
export function availableModels(
  snapshot: Snapshot,
  health: Health,
  now: number,
): z.infer<typeof availableModelSchema>[] {
  const models = [...snapshot.models.values()].map((model) => ({
    provider: model.provider.id,
    model_id: model.modelId,
    name: model.name ?? model.modelId,
    speed: model.speed,
    status: modelStatus(model, health, now),
    kind: model.kind,
    local: isLocal(model),
    context_length: model.capabilities.context_length ?? null,
    price: priceView(model),
    ...modelSize(model),
  }));
  return models.sort((a, b) => order(keyOf(a), keyOf(b)));
}

function priceView({ price }: ModelEntry): z.infer<typeof availableModelSchema>['price'] {
  if (price === undefined) return null;
  return { input_usd_per_mtok: price.inputUsdPerMtok, output_usd_per_mtok: price.outputUsdPerMtok };
}

/** Sorts by provider, then name, then id; a space is below every character of an id. */
function keyOf({ provider, name, model_id }: z.infer<typeof availableModelSchema>): string {
  return `${provider} ${name} ${model_id}`;
}

/** By code units, so that the order is the same on every machine. */
function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Formats the assignment of a node or lane. */
export function subjectView(subject: AssignmentSubject, sources: AssignmentSources): AssignmentView {
  return subject.kind === 'node'
    ? assignmentView(subject.node, sources)
    : laneAssignmentView(subject.lane, sources);
}
