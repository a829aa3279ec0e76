import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import type { ResponsesFacts } from '../../wire/openai-responses/dialect.ts';
import { VENDOR_KEYS } from '../../wire/openai-chat/vendor-keys.ts';
import { listOpenAiWire } from '../openai-wire/models.ts';
import {
  chatEndpoint,
  completionsEndpoint,
  directEndpoints,
  embeddingsEndpoint,
  responsesEndpoint,
} from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { OPENAI_MODELS, OPENAI_REASONING, OPENAI_TRAITS, RESPONSES_ONLY } from './model-facts.ts';

const CHAT: OpenAiChatFacts = {
  ...OPENAI_MODELS,
  // Its reasoning models reject the old name, all models accept the new one (case 81).
  renames: { max_tokens: 'max_completion_tokens' },
  // "Unsupported parameter: 'stop' is not supported with this model" (case 212; n8n-io/n8n#18149 for GPT-5,
  // rocketride-org/rocketride-server#1538 for GPT-5.2).
  withoutStop: OPENAI_REASONING,
  // "string too long. Expected a string with maximum length 40" (vercel/ai#5171).
  callIds: { maxLength: 40 },
  // "Unknown parameter: 'messages[1].tool_calls[0].index'" (songquanpeng/one-api#1319): it checks every key.
  quirks: {
    refusedMessageKeys: ['thinking_blocks', 'reasoning_content', 'reasoning', ...VENDOR_KEYS],
  },
  traits: {
    ...OPENAI_TRAITS,
    extras: ['seed', 'frequency_penalty', 'presence_penalty', 'verbosity', 'metadata', 'prompt_cache_key'],
  },
};

const RESPONSES: ResponsesFacts = {
  ...OPENAI_MODELS,
  // "string too long. Expected a string with maximum length 64" (AnswerDotAI/fastllm#45).
  callIds: { maxLength: 64 },
  // "integer below minimum value. Expected a value >= 16" (earendil-works/pi#6265); clients that probe a
  // model ask for 1.
  minOutputTokens: 16,
  // Of models that reason alone (openai/codex, codex-rs/core/src/client.rs sends the wish only with `reasoning`).
  encryptsReasoning: true,
  traits: OPENAI_TRAITS,
};

/** The provider type `openai`. */
export const openAiType: ProviderType = {
  settings: openAiWireSettings({
    type: 'openai',
    name: 'OpenAI',
    defaultBaseUrl: 'https://api.openai.com/v1',
    requiresKey: true,
    trustedStream: true,
    // Chat requests use chat; the Responses API serves its own clients, and models that speak nothing else.
    endpoints: [
      chatEndpoint(CHAT),
      responsesEndpoint(RESPONSES, RESPONSES_ONLY),
      completionsEndpoint(),
      embeddingsEndpoint(),
      ...directEndpoints(),
    ],
  }),
  list: listOpenAiWire,
};
