import { chatEndpoint, completionsEndpoint, embeddingsEndpoint } from '../openai-wire/endpoints.ts';
import { listByWire } from '../openai-wire/models.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';

/**
 * The provider type `openai_compatible`: any other server that speaks OpenAI's wire, such as xAI, OpenRouter, LM Studio
 * or a proxy.
 */
export const openAiCompatibleType: ProviderType = {
  settings: openAiWireSettings({
    type: 'openai_compatible',
    name: 'OpenAI-compatible server',
    defaultBaseUrl: null,
    // DeepSeek, Mistral and others answer 422 to `developer` (case 83). The servers behind the others are often vLLM or
    // llama.cpp with strict chat templates (case 84), and those that are not understand either form.
    endpoints: [
      chatEndpoint({ quirks: { noDeveloperRole: true, strictTurns: true } }),
      completionsEndpoint(),
      embeddingsEndpoint(),
    ],
  }),
  list: listByWire,
};
