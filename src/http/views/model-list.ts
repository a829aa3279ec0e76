import { z } from 'zod';

import type { LaneEntry, ModelEntry, NodeEntry, Snapshot } from '../../routing/snapshot.ts';
import { modelSize, modelSizeShape } from './model-size.ts';

/** One entry of `GET /v1/models`: a superset of what OpenAI and Anthropic clients read. */
export const modelSchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.literal(0),
  owned_by: z.string().describe('The provider, or `laneway` for nodes and lanes.'),
  kind: z.enum(['node', 'lane', 'model']),
  type: z.literal('model'),
  display_name: z.string(),
  created_at: z.string(),
  context_length: z.int().optional(),
  ...modelSizeShape,
});

/** `modelSchema` as a type. */
export type ModelView = z.infer<typeof modelSchema>;

/** Reply of `GET /v1/models`. */
export const listSchema = z.object({
  object: z.literal('list'),
  data: z.array(modelSchema),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.literal(false),
  models: z
    .array(z.never())
    .optional()
    .describe('Always empty; only for Codex, which sends `client_version`.'),
});

const COMMON = { object: 'model', created: 0, type: 'model', created_at: '1970-01-01T00:00:00Z' } as const;

/** Nodes and lanes by name, then all models by full id. A node hides a lane of the same name, as in requests. */
export function modelList(snapshot: Snapshot): ModelView[] {
  const nodes = [...snapshot.nodes.values()];
  const lanes = [...snapshot.lanes.values()].filter((lane) => !snapshot.nodes.has(lane.name));
  const models = [...snapshot.models.values()].filter(({ provider }) => provider.disabled !== true);
  return [...nodes.map(nodeView), ...lanes.map(laneView), ...models.map(modelView)];
}

/** The entry of a node. */
export function nodeView(node: NodeEntry): ModelView {
  return {
    id: node.name,
    ...COMMON,
    owned_by: 'laneway',
    kind: 'node',
    display_name: node.description ?? node.name,
  };
}

/** The entry of a lane. */
export function laneView(lane: LaneEntry): ModelView {
  return {
    id: lane.name,
    ...COMMON,
    owned_by: 'laneway',
    kind: 'lane',
    display_name: lane.description ?? lane.name,
  };
}

/** The entry of a model. */
export function modelView(model: ModelEntry): ModelView {
  const window = model.capabilities.context_length;
  return {
    id: model.id,
    ...COMMON,
    owned_by: model.provider.id,
    kind: 'model',
    display_name: model.name ?? model.modelId,
    ...(window === undefined ? {} : { context_length: window }),
    ...modelSize(model),
  };
}
