import { hash } from 'node:crypto';
import { z } from 'zod';

import type { Capabilities, Kind } from '../../protocol/capabilities.ts';
import type { Destination } from '../../routing/plan.ts';
import type { LaneEntry, ModelEntry, NodeEntry, Snapshot } from '../../routing/snapshot.ts';

/** A time for models, which have none here. */
const NO_TIME = '1970-01-01T00:00:00Z';
/** When a loaded model is unloaded is not known: Go and Python read this as a time far away. */
const NEVER = '9999-12-31T23:59:59Z';
const BYTES_PER_GB = 1e9;

const detailsSchema = z.object({
  parent_model: z.string(),
  format: z.string(),
  family: z.string().describe('The provider, or `laneway` for nodes and lanes.'),
  families: z.array(z.string()),
  parameter_size: z.string(),
  quantization_level: z.string(),
});

const entrySchema = z.object({
  name: z.string().describe('A name that a request may use, with a tag.'),
  model: z.string(),
  modified_at: z.string(),
  size: z.int(),
  digest: z.string(),
  details: detailsSchema,
  capabilities: z.array(z.string()),
});

/** Reply of `GET /api/tags`. */
export const tagsSchema = z.object({ models: z.array(entrySchema) });

/** Reply of `GET /api/ps`. */
export const runningSchema = z.object({
  models: z.array(
    entrySchema.omit({ modified_at: true, capabilities: true }).extend({
      expires_at: z.string(),
      size_vram: z.int(),
      context_length: z.int(),
    }),
  ),
});

/** Reply of `POST /api/show`. */
export const shownSchema = z.object({
  modelfile: z.string(),
  parameters: z.string(),
  template: z.string(),
  details: detailsSchema,
  model_info: z.record(z.string(), z.union([z.string(), z.int()])),
  capabilities: z.array(z.string()),
  modified_at: z.string(),
});

/** A node, lane or model, as Ollama describes a model. */
interface Described {
  /** The name that a request uses, without a tag that it does not have itself. */
  readonly name: string;
  readonly title: string;
  readonly kind: Kind;
  readonly family: string;
  /** null: it has none, or it is not known. */
  readonly model: ModelEntry | null;
}

/** Nodes and lanes by name, then all models by full id, as `GET /api/tags` lists them. */
export function tagsView(snapshot: Snapshot): z.infer<typeof tagsSchema> {
  const nodes = [...snapshot.nodes.values()].map((node) => ofNode(node, snapshot));
  const lanes = [...snapshot.lanes.values()].filter(({ name }) => !snapshot.nodes.has(name));
  const all = [...nodes, ...lanes.map((lane) => ofLane(lane, snapshot)), ...usable(snapshot).map(ofModel)];
  return {
    models: all.map((each) => ({
      ...entryOf(each),
      modified_at: NO_TIME,
      capabilities: capabilitiesOf(each),
    })),
  };
}

/** The loaded models of local servers, as `GET /api/ps` lists them. */
export function runningView(snapshot: Snapshot): z.infer<typeof runningSchema> {
  const loaded = usable(snapshot).filter(({ provider, status }) => provider.local && status === 'loaded');
  return {
    models: loaded.map((model) => ({
      ...entryOf(ofModel(model)),
      expires_at: NEVER,
      size_vram: 0,
      context_length: model.capabilities.context_length ?? 0,
    })),
  };
}

/** What `POST /api/show` reports about what a request names. */
export function shownView(destination: Destination, snapshot: Snapshot): z.infer<typeof shownSchema> {
  const described = describe(destination, snapshot);
  const { name, title, family, model } = described;
  const { context_length: window, parameter_count: parameters } = model?.capabilities ?? {};
  return {
    modelfile: `# ${title.replaceAll(/\s+/g, ' ')}\nFROM ${name}\n`,
    parameters: '',
    template: '',
    details: detailsOf(described),
    model_info: {
      'general.architecture': family,
      'general.basename': name,
      ...(parameters === undefined ? {} : { 'general.parameter_count': parameters }),
      ...(window === undefined ? {} : { [`${family}.context_length`]: window }),
    },
    capabilities: capabilitiesOf(described),
    modified_at: NO_TIME,
  };
}

function describe(destination: Destination, snapshot: Snapshot): Described {
  switch (destination.kind) {
    case 'node':
      return ofNode(destination.node, snapshot);
    case 'lane':
      return ofLane(destination.lane, snapshot);
    case 'model':
      return ofModel(destination.model);
  }
}

function ofNode(node: NodeEntry, snapshot: Snapshot): Described {
  const { model, lane } = node.assignment;
  const found = lane === null ? null : snapshot.lanes.get(lane);
  return {
    name: node.name,
    title: node.description ?? node.name,
    kind: node.kind,
    family: 'laneway',
    model: model === null ? (found ? firstOf(found, snapshot) : null) : (snapshot.models.get(model) ?? null),
  };
}

function ofLane(lane: LaneEntry, snapshot: Snapshot): Described {
  return {
    name: lane.name,
    title: lane.description ?? lane.name,
    kind: 'chat',
    family: 'laneway',
    model: firstOf(lane, snapshot),
  };
}

function ofModel(model: ModelEntry): Described {
  const { id, name, modelId, kind, provider } = model;
  return { name: id, title: name ?? modelId, kind, family: provider.id, model };
}

/** The first model of a lane's chain that its server may have. */
function firstOf(
  { override, environmentTarget, preferred }: LaneEntry,
  snapshot: Snapshot,
): ModelEntry | null {
  const ids = [...(override === null ? [] : [override.model]), environmentTarget?.id ?? '', ...preferred];
  const models = ids.map((id) => snapshot.models.get(id)).filter((model) => model !== undefined);
  return models.find(({ provider, inList }) => isUsable(provider) && inList !== false) ?? models[0] ?? null;
}

function usable(snapshot: Snapshot): ModelEntry[] {
  return [...snapshot.models.values()].filter(({ provider }) => provider.disabled !== true);
}

function isUsable({ disabled, missingKey }: ModelEntry['provider']): boolean {
  return disabled !== true && missingKey === null;
}

function entryOf(described: Described): Omit<z.infer<typeof entrySchema>, 'modified_at' | 'capabilities'> {
  const name = tagged(described.name);
  return {
    name,
    model: name,
    size: Math.round((described.model?.capabilities.memory_gb_estimate ?? 0) * BYTES_PER_GB),
    digest: hash('sha256', name, 'hex'),
    details: detailsOf(described),
  };
}

/** Open WebUI adds `:latest` to a name without a tag, and then looks for that in the list. */
function tagged(name: string): string {
  return name.includes(':') ? name : `${name}:latest`;
}

function detailsOf({ family, model }: Described): z.infer<typeof detailsSchema> {
  return {
    parent_model: '',
    format: '',
    family,
    families: [family],
    parameter_size: parameterSize(model?.capabilities.parameter_count),
    quantization_level: model?.capabilities.quantization ?? '',
  };
}

/** As Ollama writes it: `7.2B`, `134.52M`; empty when unknown. */
function parameterSize(count: number | undefined): string {
  if (count === undefined) return '';
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}B`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)}M` : String(count);
}

/**
 * In Ollama's words. Clients hide what is not listed, so tools count as possible unless they are known not to be; images
 * and thinking count only where they are known.
 */
function capabilitiesOf({ kind, model }: Described): string[] {
  if (kind === 'embeddings') return ['embedding'];
  if (kind === 'rerank') return [];
  const known: Capabilities = model?.capabilities ?? {};
  return [
    'completion',
    ...(known.supports_tools === false ? [] : ['tools']),
    ...(known.supports_vision === true ? ['vision'] : []),
    ...(known.supports_reasoning === true ? ['thinking'] : []),
  ];
}
