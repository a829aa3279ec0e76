import { z } from 'zod';
import { KINDS, SPEEDS } from '../../protocol/capabilities.ts';
import { engineSchema, poolSchema } from './engine.ts';

/** A week: longer than any sensible deadline, and far below the maximum of a timer (2^31 ms). */
const MAX_SECONDS = 604_800;

const seconds = z.number().positive().max(MAX_SECONDS);
const share = z.number().min(0).max(1);
const count = z.int().min(1);
const size = z.number().min(0);
const name = z.string().min(1);
const names = z.array(name);
const params = z.record(z.string(), z.unknown());

const deadlines = z.strictObject({
  connect_s: seconds.exactOptional(),
  first_token_s: seconds.exactOptional(),
  idle_s: seconds.exactOptional(),
  total_s: seconds.exactOptional(),
});

const queue = z.strictObject({
  max: z.int().min(0).exactOptional(),
  wait_s: size.max(MAX_SECONDS).exactOptional(),
});

const provider = z.strictObject({
  type: name.exactOptional(),
  name: name.exactOptional(),
  base_url: name.exactOptional(),
  api_key: z.string().exactOptional(),
  local: z.boolean().exactOptional(),
  enabled: z.boolean().default(true),
  headers: z.record(z.string(), z.string()).default({}),
  concurrency: count.exactOptional(),
  trusted_stream: z.boolean().exactOptional(),
  models_dir: name.exactOptional(),
  pool: name.exactOptional(),
  engine: engineSchema.exactOptional(),
});

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

const COUNT_WORDS = { error: 'must be a number, or text such as "7.24B"' };

/** Number of parameters of a model: a number, or text as on model cards (`7.24B`). */
const parameterCount = z
  .union([size, z.string().regex(/^\d+(\.\d+)?[KMBT]?$/i, COUNT_WORDS)], COUNT_WORDS)
  .transform((value) => {
    if (typeof value === 'number') return value;
    const unit = UNITS[value.slice(-1).toUpperCase()];
    return Math.round(Number.parseFloat(value) * (unit ?? 1));
  });

/** The number of parameters that a value means; null when it is not one. */
export function countOf(value: unknown): number | null {
  const parsed = parameterCount.safeParse(value, PARSE_ONCE);
  return parsed.success ? parsed.data : null;
}

const capabilities = z.strictObject({
  context_length: count.exactOptional(),
  max_output_tokens: count.exactOptional(),
  quantization: name.exactOptional(),
  parameter_count: parameterCount.exactOptional(),
  memory_gb_estimate: size.exactOptional(),
  min_memory_gb: size.exactOptional(),
  recommended_memory_gb: size.exactOptional(),
  thermal_sensitivity: share.exactOptional(),
  reasoning_strength: share.exactOptional(),
  coding_strength: share.exactOptional(),
  creativity: share.exactOptional(),
  multilingual_score: share.exactOptional(),
  supports_tools: z.boolean().exactOptional(),
  supports_vision: z.boolean().exactOptional(),
  supports_json_schema: z.boolean().exactOptional(),
  supports_embeddings: z.boolean().exactOptional(),
  supports_reasoning: z.boolean().exactOptional(),
  source: name.exactOptional(),
  requires_api_key: z.boolean().exactOptional(),
  // Legacy names of three of the above (synonyms.ts).
  quantization_level: name.exactOptional(),
  model_size: parameterCount.exactOptional(),
  supports_function_calling: z.boolean().exactOptional(),
});

const requirements = z.strictObject({
  reasoning_strength: share.exactOptional(),
  coding_strength: share.exactOptional(),
  creativity: share.exactOptional(),
  multilingual_score: share.exactOptional(),
  context_length_min: count.exactOptional(),
  memory_gb_max: size.exactOptional(),
  supports_tools: z.boolean().exactOptional(),
  supports_vision: z.boolean().exactOptional(),
  supports_json_schema: z.boolean().exactOptional(),
  supports_function_calling: z.boolean().exactOptional(),
});

const kind = z.enum(KINDS);

const model = z.strictObject({
  name: name.exactOptional(),
  kind: kind.exactOptional(),
  speed: z.enum(SPEEDS).exactOptional(),
  capabilities: capabilities.default({}),
  fallbacks: names.default([]),
  params: params.default({}),
  price: z.record(z.string(), size).exactOptional(),
  retired_at: z.iso.date({ error: 'must be a date such as "2026-08-16"' }).exactOptional(),
  pinned: z.boolean().exactOptional(),
  context: count.exactOptional(),
  path: name.exactOptional(),
});

const lane = z.strictObject({
  description: z.string().exactOptional(),
  preferred: names.default([]),
  requirements: requirements.default({}),
  cloud_fallback: names.default([]),
  cloud: z.boolean().exactOptional(),
  params: params.default({}),
  deadlines: deadlines.default({}),
  concurrency: count.exactOptional(),
  queue: queue.exactOptional(),
  wait_while_loading: z.boolean().exactOptional(),
  burst: z.boolean().exactOptional(),
  on_unanswered: z.enum(['next', 'stop']).default('next'),
  on_content_policy: z.enum(['stop', 'next']).default('stop'),
});

const node = z.strictObject({
  model: name.exactOptional(),
  lane: name.exactOptional(),
  fallbacks: names.default([]),
  params: params.default({}),
  why: z.string().exactOptional(),
  description: z.string().exactOptional(),
  kind: kind.exactOptional(),
  cloud: z.boolean().exactOptional(),
});

const buildDeepIngest = z.strictObject({
  lane: name.exactOptional(),
  over_tokens: count.exactOptional(),
  over_bytes: count.exactOptional(),
  repositories: z.boolean().default(false),
});

/**
 * A configuration file; unknown keys are faults. The schema validates each layer by itself, and types the merged layers
 * and fills in defaults. Rules across layers (a provider's type, a node's model or lane, names that must exist) are
 * checked after the merge.
 */
export const fileSchema = z.strictObject({
  $schema: z.string().exactOptional(),
  default_lane: name.exactOptional(),
  runtime_switching: z.boolean().exactOptional(),
  aliases: z.record(z.string(), name).default({}),
  providers: z.record(z.string(), provider).default({}),
  models: z.record(z.string(), model).default({}),
  lanes: z.record(z.string(), lane).default({}),
  nodes: z.record(z.string(), node).default({}),
  rules: z.strictObject({ deep_ingest: buildDeepIngest.exactOptional() }).default({}),
  defaults: z
    .strictObject({
      cloud: z.boolean().default(true),
      deadlines: deadlines.default({}),
      queue: queue.exactOptional(),
    })
    .default({ cloud: true, deadlines: {} }),
  pools: z.record(z.string(), poolSchema).exactOptional(),
  ledger: z
    .strictObject({ retention_days: size.exactOptional(), max_rows: z.int().min(0).exactOptional() })
    .default({}),
});

/** Zod options: compiling a schema costs more than the few parses at start (measured: 20 ms against 9 ms of CPU). */
export const PARSE_ONCE = { jitless: true };

/** The merged files with their defaults, before names are resolved. */
export type FileConfig = z.output<typeof fileSchema>;
/** One provider as written in files. */
export type FileProvider = FileConfig['providers'][string];
/** One model as written in files. */
export type FileModel = FileConfig['models'][string];
/** One lane as written in files. */
export type FileLane = FileConfig['lanes'][string];
/** One node as written in files. */
export type FileNode = FileConfig['nodes'][string];
