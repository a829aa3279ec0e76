import type { NodeConfig } from '../api/types.ts';

/** What the form of a node contains; null: the field is empty. */
export interface NodeFields {
  /** `provider/model` or `lane:NAME`. */
  readonly target: string;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  /** Full model ids. */
  readonly fallbacks: readonly string[];
}

/**
 * The body of `PUT /api/v1/llm/config/{node}` that makes `was` what the form contains. The call replaces all that an
 * earlier one has set, so the parameters that the form does not show are sent again. Values of the configuration that
 * were not edited are left out: they stay those of the configuration.
 */
export function nodeChange(was: NodeConfig, fields: NodeFields): object {
  const { temperature, maxTokens, fallbacks } = fields;
  const isSet = !was.is_default;
  const keepsFallbacks = !isSet && fallbacks.join() === was.fallbacks.join();
  return {
    ...targetOf(fields.target),
    ...(temperature === null || (!isSet && temperature === was.temperature) ? {} : { temperature }),
    ...(maxTokens === null || (!isSet && maxTokens === was.max_tokens) ? {} : { max_tokens: maxTokens }),
    ...(isSet && Object.keys(was.params).length > 0 ? { params: was.params } : {}),
    ...(keepsFallbacks ? {} : { fallbacks }),
  };
}

function targetOf(target: string): object {
  if (target.startsWith('lane:')) return { lane: target.slice('lane:'.length) };
  const [provider = '', ...rest] = target.split('/');
  return { provider, model_id: rest.join('/') };
}
