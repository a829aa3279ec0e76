import { chatEndpoint, completionsEndpoint, embeddingsEndpoint } from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listVllm } from './models.ts';

/** A vLLM server: one base model, by its aliases, and adapters upon it. */
export const vllmType: ProviderType = {
  settings: openAiWireSettings({
    type: 'vllm',
    name: 'vLLM',
    local: true,
    defaultBaseUrl: 'http://127.0.0.1:8000/v1',
    completeList: true,
    endpoints: [
      chatEndpoint({
        // Most models' templates refuse any other role than system, user, assistant and tool (case 83).
        quirks: { noDeveloperRole: true },
        traits: {
          efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
          topK: true,
          toolNameLength: null,
        },
      }),
      completionsEndpoint(),
      embeddingsEndpoint(),
    ],
  }),
  list: listVllm,
};
