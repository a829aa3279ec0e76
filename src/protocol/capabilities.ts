/** Speed classes of models, fastest first, as set by the operator or the catalogue. */
export const SPEEDS = ['ultra_fast', 'very_fast', 'fast', 'medium', 'slow'] as const;
/** The speed class of a model. */
export type Speed = (typeof SPEEDS)[number];

/** Kinds of models, requests and nodes. Plans contain only models of the request's kind. */
export const KINDS = ['chat', 'embeddings', 'rerank'] as const;
/** The kind of a model, request or node. */
export type Kind = (typeof KINDS)[number];

/** The kind of model that a request needs; `direct`: whatever model it names by its full id. */
export type RequestKind = Kind | 'direct';

/**
 * Source of a capability's value, in order of precedence; `catalogue` includes the shipped defaults. Of a configured and a
 * reported context window the smaller one counts.
 */
export type CapabilitySource = 'measured' | 'configuration' | 'engine' | 'file' | 'catalogue' | 'guess';

/**
 * Known capabilities of a model. All are optional: an unknown capability never disqualifies a model, it only adds nothing
 * to its score.
 */
export interface Capabilities {
  /** Size of the context window in tokens, input and output together. */
  readonly context_length?: number;
  /** Largest reply in tokens: a higher limit is lowered to it, and it is sent where a wire requires a limit. */
  readonly max_output_tokens?: number;
  readonly quantization?: string;
  readonly parameter_count?: number;
  readonly memory_gb_estimate?: number;
  readonly min_memory_gb?: number;
  readonly recommended_memory_gb?: number;
  readonly thermal_sensitivity?: number;
  /** 0 to 1, as the next three. */
  readonly reasoning_strength?: number;
  readonly coding_strength?: number;
  readonly creativity?: number;
  readonly multilingual_score?: number;
  readonly supports_tools?: boolean;
  readonly supports_vision?: boolean;
  readonly supports_json_schema?: boolean;
  readonly supports_embeddings?: boolean;
  readonly supports_reasoning?: boolean;
  readonly source?: string;
  readonly requires_api_key?: boolean;
}

/** The fields of a model's entry when only its name is known. */
export const NOTHING_KNOWN = Object.freeze({
  name: null,
  kind: 'chat',
  speed: null,
  capabilities: {},
  sources: {},
  rules: null,
  fallbacks: [],
  params: {},
  retired: false,
  inList: null,
  status: null,
  unseen: null,
  environmentTargetOf: null,
} as const);
