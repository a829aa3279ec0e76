/** How fast a model answers, as the operator or the catalogue says. */
export const SPEEDS = ['ultra_fast', 'very_fast', 'fast', 'medium', 'slow'] as const;
export type Speed = (typeof SPEEDS)[number];

/** What a request or a node asks of a model. A chat plan never holds an embeddings model and the reverse. */
export const KINDS = ['chat', 'embeddings', 'rerank'] as const;
export type Kind = (typeof KINDS)[number];

/** Where a capability's value came from, strongest first (DESIGN section 5). */
export type CapabilitySource = 'measured' | 'engine' | 'file' | 'configuration' | 'catalogue' | 'guess';

/**
 * What is known of a model. Every key may be absent: an unknown capability never disqualifies a model,
 * it only adds nothing to its score.
 */
export interface Capabilities {
  /** Tokens of the whole window, input and output together. */
  readonly context_length?: number;
  /** Largest reply in tokens. Read when a wire demands a limit and the caller gave none. */
  readonly max_output_tokens?: number;
  readonly quantization?: string;
  readonly parameter_count?: number;
  readonly memory_gb_estimate?: number;
  readonly min_memory_gb?: number;
  readonly recommended_memory_gb?: number;
  readonly thermal_sensitivity?: number;
  /** 0 to 1, like the three below. */
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

/** A model of which only the name is known: what every other field of its entry says then. */
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
  environmentTargetOf: null,
} as const);
