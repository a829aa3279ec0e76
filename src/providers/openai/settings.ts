import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import { VENDOR_KEYS } from '../../wire/openai-chat/vendor-keys.ts';
import { listOpenAiWire } from '../openai-wire/models.ts';
import {
  chatEndpoint,
  completionsEndpoint,
  directEndpoints,
  embeddingsEndpoint,
} from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { OPENAI_OUTPUT_LIMITS } from './output-limits.ts';

/** Reasoning models; those with `-chat` in the id are not. */
const REASONING = /^(?:o\d|gpt-(?:[5-9]|\d\d))(?!.*-chat)/;

const CHAT: OpenAiChatFacts = {
  // Its reasoning models reject the old name, all models accept the new one (case 81).
  renames: { max_tokens: 'max_completion_tokens' },
  // Reasoning models that always reject sampling parameters (case 82). From GPT-5.1 on that depends on the requested
  // effort, so those requests are passed unchanged.
  withoutSampling: /^(?:o\d+|gpt-5)(?:-(?!chat)|$)/,
  // "Unsupported parameter: 'stop' is not supported with this model" (case 212; n8n-io/n8n#18149 for GPT-5,
  // rocketride-org/rocketride-server#1538 for GPT-5.2).
  withoutStop: REASONING,
  outputLimits: OPENAI_OUTPUT_LIMITS,
  // "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level", "object schema
  // missing properties" (openai/openai-agents-python#454).
  schemas: {
    refusedAtTop: ['oneOf', 'anyOf', 'allOf', 'enum', 'not'],
    needsProperties: true,
    keyLength: null,
  },
  // "string too long. Expected a string with maximum length 40" (vercel/ai#5171).
  callIds: { maxLength: 40 },
  // "Unknown parameter: 'messages[1].tool_calls[0].index'" (songquanpeng/one-api#1319): it checks every key.
  quirks: {
    refusedMessageKeys: ['thinking_blocks', 'reasoning_content', 'reasoning', ...VENDOR_KEYS],
  },
  traits: {
    // The efforts that every reasoning model accepts; `none`, `minimal` and `xhigh` work on some only.
    efforts: ['low', 'medium', 'high'],
    effortModels: REASONING,
    developerModels: REASONING,
    serviceTiers: ['auto', 'default'],
    extras: ['seed', 'frequency_penalty', 'presence_penalty', 'verbosity', 'metadata', 'prompt_cache_key'],
    // `strict` of a response format is false by default (openai-node, `ResponseFormatJSONSchema`).
    flagsStrictFormat: true,
    // "'required' is required to be supplied and to be an array including every key in properties", "'additionalProperties'
    // is required to be supplied and to be false" (platform.openai.com/docs, "Function calling", "Strict mode").
    checksStrictTools: true,
    // "Supported for `gpt-5.6` and later models" (openai-node 7.55, `prompt_cache_options`).
    cacheModels: /^gpt-(?:5\.(?:[6-9]|\d\d)|[6-9]|\d\d)/,
  },
};

/** The provider type `openai`. */
export const openAiType: ProviderType = {
  settings: openAiWireSettings({
    type: 'openai',
    name: 'OpenAI',
    defaultBaseUrl: 'https://api.openai.com/v1',
    requiresKey: true,
    trustedStream: true,
    endpoints: [chatEndpoint(CHAT), completionsEndpoint(), embeddingsEndpoint(), ...directEndpoints()],
  }),
  list: listOpenAiWire,
};
