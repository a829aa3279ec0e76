import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import {
  chatEndpoint,
  completionsEndpoint,
  directEndpoints,
  embeddingsEndpoint,
  rerankEndpoint,
} from '../openai-wire/endpoints.ts';
import { listByWire } from '../openai-wire/models.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';

const CHAT: OpenAiChatFacts = {
  // DeepSeek, Mistral and others answer 422 to `developer` (case 83). The servers behind the others are often vLLM or
  // llama.cpp with strict chat templates (case 84), and those that are not understand either form.
  quirks: { noDeveloperRole: true, strictTurns: true },
  traits: {
    // DeepSeek and Moonshot require it with calls (api-docs.deepseek.com, "Thinking Mode"); others ignore the key.
    reasoningField: 'reasoning_content',
    // Once thinking is on, both reject a conversation in which any assistant turn lacks it (MoonshotAI/kimi-cli#2141,
    // charmbracelet/crush#2696).
    reasoningRequired: /deepseek|kimi/i,
    // "Function call is missing a thought_signature"; the placeholder is the one of ai.google.dev/gemini-api/docs,
    // "Thought signatures", for calls of other origin.
    unsignedCalls: {
      models: /gemini-(?:[3-9]|\d\d)/i,
      extraContent: { google: { thought_signature: 'skip_thought_signature_validator' } },
    },
  },
};

/**
 * The provider type `openai_compatible`: any other server that speaks OpenAI's wire, such as xAI, OpenRouter, LM Studio
 * or a proxy.
 */
export const openAiCompatibleType: ProviderType = {
  settings: openAiWireSettings({
    type: 'openai_compatible',
    name: 'OpenAI-compatible server',
    defaultBaseUrl: null,
    // Few of them speak the Responses API, and none says so in its list: its clients are served by translation.
    // Which of the last ones a server has, it says itself.
    endpoints: [
      chatEndpoint(CHAT),
      completionsEndpoint(),
      embeddingsEndpoint(),
      rerankEndpoint(),
      ...directEndpoints(),
    ],
  }),
  list: listByWire,
};
