import { chatEndpoint, completionsEndpoint, embeddingsEndpoint } from '../openai-wire/endpoints.ts';
import { listByWire, withChatCapabilities } from '../openai-wire/models.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';

/** The provider type `vllm`: a server with one base model under its aliases, and adapters of it. */
export const vllmType: ProviderType = {
  settings: openAiWireSettings({
    type: 'vllm',
    name: 'vLLM',
    local: true,
    defaultBaseUrl: 'http://127.0.0.1:8000/v1',
    completeList: true,
    endpoints: [
      chatEndpoint({
        // Most models' templates reject roles other than system, user, assistant and tool (case 83).
        quirks: { noDeveloperRole: true },
        traits: {
          efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
          effortModels: null,
          topK: true,
          toolNameLength: null,
        },
      }),
      completionsEndpoint(),
      embeddingsEndpoint(),
    ],
  }),
  // `max_model_len` in the list is the real window; structured outputs come with the server, not with a model.
  list: async (connection, signal) =>
    withChatCapabilities(await listByWire(connection, signal), { supports_json_schema: true }),
};
