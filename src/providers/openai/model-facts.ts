import type { OpenAiChatDialect, OpenAiTraits } from '../../wire/openai-chat/dialect.ts';
import { OPENAI_OUTPUT_LIMITS } from './output-limits.ts';

// What OpenAI's models accept and refuse, for each of its wires.

/** Reasoning models; those with `-chat` in the id are not. */
export const OPENAI_REASONING = /^(?:o\d|gpt-(?:[5-9]|\d\d)|codex-)(?!.*-chat)/;

/**
 * Models that speak only the Responses API: chat completions refuse them (sigoden/aichat#1318). Sources: openai-node 7.55,
 * `ResponsesModel`; platform.openai.com/docs/models, "Endpoints".
 */
export const RESPONSES_ONLY =
  /^(?:o\d+-pro|gpt-\d+(?:\.\d+)?-pro|codex-|gpt-\d+(?:\.\d+)?-codex|o\d+(?:-mini)?-deep-research|computer-use-preview)/;

/** Facts of both wires. */
export const OPENAI_MODELS = {
  // Reasoning models that always reject sampling parameters (case 82). From GPT-5.1 on that depends on the requested
  // effort, so those requests are passed unchanged.
  withoutSampling: /^(?:o\d+|gpt-5)(?:-(?!chat)|$)/,
  outputLimits: OPENAI_OUTPUT_LIMITS,
  // "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level", "object schema
  // missing properties" (openai/openai-agents-python#454).
  schemas: {
    refusedAtTop: ['oneOf', 'anyOf', 'allOf', 'enum', 'not'],
    needsProperties: true,
    keyLength: null,
  },
} as const satisfies Partial<OpenAiChatDialect>;

/** Traits of both wires. */
export const OPENAI_TRAITS = {
  // The efforts that every reasoning model accepts; `none`, `minimal` and `xhigh` work on some only.
  efforts: ['low', 'medium', 'high'],
  effortModels: OPENAI_REASONING,
  developerModels: OPENAI_REASONING,
  serviceTiers: ['auto', 'default'],
  // `strict` of a response format is false by default (openai-node, `ResponseFormatJSONSchema` and
  // `ResponseFormatTextJSONSchemaConfig`).
  flagsStrictFormat: true,
  // "'required' is required to be supplied and to be an array including every key in properties", "'additionalProperties'
  // is required to be supplied and to be false" (platform.openai.com/docs, "Function calling", "Strict mode").
  checksStrictTools: true,
  // "Supported for `gpt-5.6` and later models" (openai-node 7.55, `prompt_cache_options`).
  cacheModels: /^gpt-(?:5\.(?:[6-9]|\d\d)|[6-9]|\d\d)/,
} as const satisfies Partial<OpenAiTraits>;
