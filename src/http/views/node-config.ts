import { z } from 'zod';

import type { LaneEntry, NodeEntry } from '../../routing/snapshot.ts';
import type { ConfigurationPort } from '../ports.ts';
import { assignmentView, laneAssignmentView, type AssignmentSources } from './assignment.ts';
import { timeSchema } from './shapes.ts';

/** A node as the configuration service shows it. */
export const nodeConfigSchema = z.object({
  interaction_type: z.string().describe('The node; `lane:NAME` for a lane.'),
  purpose: z.string().nullable(),
  provider: z.string().nullable(),
  model_id: z.string().nullable().describe('The model; of a lane the one that it would select now.'),
  lane: z.string().nullable().describe('The lane, if the node is assigned to one.'),
  temperature: z.number().nullable().describe("The node's own; null: as its lane, model or the caller says."),
  max_tokens: z.int().nullable(),
  params: z.record(z.string(), z.unknown()).describe('Other parameters that callers leave out.'),
  fallbacks: z.array(z.string()).describe('Full ids of the models tried after the assigned one.'),
  is_default: z.boolean(),
  source: z.string().describe('The layer of the assignment: `shipped`, a file, `environment` or `override`.'),
  updated_at: timeSchema.nullable().describe('When the override was set; null without one.'),
});

/** `nodeConfigSchema` as a type. */
export type NodeConfigView = z.infer<typeof nodeConfigSchema>;

/** The layer of each node's assignment without overrides. */
export type LayerOfNode = (node: string) => string;

/** Looks up the layer of the assignment of a node. */
export function nodeLayers(configuration: Pick<ConfigurationPort, 'layers'>): LayerOfNode {
  const layerOf = configuration.layers();
  return (node) => {
    const layer = layerOf(['nodes', node, 'model']);
    return layer === 'default' ? layerOf(['nodes', node, 'lane']) : layer;
  };
}

/** Formats a node. */
export function nodeConfigView(
  node: NodeEntry,
  sources: AssignmentSources,
  layerOf: LayerOfNode,
): NodeConfigView {
  const { temperature, max_tokens: maxTokens, ...params } = node.params;
  const { provider, model_id, lane } = assignmentView(node, sources);
  return {
    interaction_type: node.name,
    purpose: node.why ?? node.description,
    ...{ provider, model_id, lane },
    temperature: numberOrNull(temperature),
    max_tokens: numberOrNull(maxTokens),
    params,
    fallbacks: [...node.fallbacks],
    is_default: node.override === null,
    source: node.override === null ? layerOf(node.name) : 'override',
    updated_at: node.override?.at ?? null,
  };
}

/** Formats the model that an override puts first in the chain of a lane. */
export function laneConfigView(lane: LaneEntry, sources: AssignmentSources): NodeConfigView {
  const { provider, model_id } = laneAssignmentView(lane, sources);
  return {
    interaction_type: `lane:${lane.name}`,
    purpose: lane.description,
    ...{ provider, model_id, lane: lane.name },
    ...{ temperature: null, max_tokens: null, params: {}, fallbacks: [] },
    ...{ is_default: lane.override === null, source: 'override', updated_at: lane.override?.at ?? null },
  };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
