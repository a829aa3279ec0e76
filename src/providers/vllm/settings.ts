import {
  chatEndpoint,
  completionsEndpoint,
  directEndpoints,
  embeddingsEndpoint,
  rerankEndpoint,
} from '../openai-wire/endpoints.ts';
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
    // Not its own Messages and Responses (0.32): `/v1/messages` gives ids of chat completions; `/v1/responses` ends a
    // stream that the limit has cut in `response.completed` (test/engines/own-wires.test.ts).
    endpoints: [
      chatEndpoint({
        // Most models' templates reject roles other than system, user, assistant and tool (case 83), and many take
        // system text only at the beginning (case 84).
        quirks: { noDeveloperRole: true, strictTurns: true },
        // Schemas become grammars and parts of prompts, so they pass as the client wrote them.
        schemas: null,
        renames: { repeat_penalty: 'repetition_penalty' },
        traits: {
          efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
          effortModels: null,
          // Versions up to 0.11 read `reasoning_content`, from 0.16 on only `reasoning` (vllm-project/vllm#27755);
          // either passes it to the chat template under both names.
          reasoningField: 'both',
          topK: true,
          extras: ['seed', 'frequency_penalty', 'presence_penalty', 'min_p', 'repeat_penalty'],
          // Otherwise it begins a new turn behind a final assistant turn (vllm-project/vllm#8942, BerriAI/litellm#28580).
          prefill: { continue_final_message: true, add_generation_prompt: false },
          toolNameLength: null,
        },
      }),
      completionsEndpoint(),
      embeddingsEndpoint(),
      rerankEndpoint(),
      // Transcriptions and translations of its speech models; speech and images with vLLM-Omni.
      ...directEndpoints('openai-audio'),
      ...directEndpoints('openai-images'),
    ],
  }),
  // `max_model_len` in the list is the real window; structured outputs come with the server, not with a model.
  list: async (connection, signal) =>
    withChatCapabilities(await listByWire(connection, signal), { supports_json_schema: true }),
};
