import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import { listOpenAiWire } from '../openai-wire/models.ts';
import { chatEndpoint, completionsEndpoint, embeddingsEndpoint } from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';

/** Reasoning models; the `-chat` ones are none. */
const REASONING = /^(?:o\d|gpt-(?:[5-9]|\d\d))(?!.*-chat)/;

const CHAT: OpenAiChatFacts = {
  // Its reasoning models refuse the old name, all models know the new one (wire-formats 2.1, case 81).
  renames: { max_tokens: 'max_completion_tokens' },
  // Reasoning models that always refuse sampling (case 82). From GPT-5.1 on it depends on the effort that is
  // asked for, so there the request passes as it is.
  withoutSampling: /^(?:o\d+|gpt-5)(?:-(?!chat)|$)/,
  quirks: { refusedMessageKeys: ['thinking_blocks', 'reasoning_content', 'reasoning'] },
  traits: {
    // The efforts that every reasoning model takes; `none`, `minimal` and `xhigh` only some (wire-formats 2.1).
    efforts: ['low', 'medium', 'high'],
    effortModels: REASONING,
    developerModels: REASONING,
    serviceTiers: ['auto', 'default'],
    // "Supported for `gpt-5.6` and later models" (openai-node 7.55, `prompt_cache_options`).
    cacheModels: /^gpt-(?:5\.(?:[6-9]|\d\d)|[6-9]|\d\d)/,
  },
};

/** OpenAI itself. */
export const openAiType: ProviderType = {
  settings: openAiWireSettings({
    type: 'openai',
    name: 'OpenAI',
    defaultBaseUrl: 'https://api.openai.com/v1',
    requiresKey: true,
    trustedStream: true,
    endpoints: [chatEndpoint(CHAT), completionsEndpoint(), embeddingsEndpoint()],
  }),
  list: listOpenAiWire,
};
