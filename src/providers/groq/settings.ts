import { VENDOR_KEYS } from '../../wire/openai-chat/vendor-keys.ts';
import { chatEndpoint, directEndpoints } from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listGroq } from './models.ts';

/** The provider type `groq`: GroqCloud. */
export const groqType: ProviderType = {
  settings: openAiWireSettings({
    type: 'groq',
    name: 'Groq',
    defaultBaseUrl: 'https://api.groq.com/openai/v1',
    basePath: '/openai/v1',
    requiresKey: true,
    // "not supported and will result in a 400 error if they are supplied" (console.groq.com/docs/openai). `n` must be
    // 1 (case 162), and only one of the two reasoning parameters may be set (case 165).
    endpoints: [
      chatEndpoint({
        refuses: ['logprobs', 'top_logprobs', 'logit_bias'],
        quirks: {
          oneChoice: true,
          // To its models both roles mean the same, and only OpenAI's own know the newer one (case 83).
          noDeveloperRole: true,
          // It accepts its own field, `reasoning` (groq-sdk 1.6.0, `ChatCompletionAssistantMessageParam`), and no
          // unknown one: "property 'reasoning_content' is unsupported" (tashfeenahmed/freellmapi#1070).
          refusedMessageKeys: ['thinking_blocks', 'reasoning_content', ...VENDOR_KEYS],
          // `service_tier` in groq-sdk 1.6.0; OpenAI's `default` is what it does anyway (case 97).
          values: { service_tier: ['auto', 'on_demand', 'flex', 'performance'] },
          exclusive: [['reasoning_format', 'include_reasoning']],
        },
        traits: {
          // Its other reasoning models accept at most `none` and `default`, its other models no effort.
          efforts: ['low', 'medium', 'high'],
          effortModels: /gpt-oss/,
          serviceTiers: ['auto'],
          // "reasoning is not supported with this model" for its others (vercel/ai#8057).
          reasoningField: 'reasoning',
          reasoningModels: /gpt-oss/,
          // console.groq.com/docs/prefilling
          prefill: 'continued',
        },
      }),
      // console.groq.com/docs/speech-to-text and /text-to-speech
      ...directEndpoints('openai-audio'),
    ],
  }),
  list: listGroq,
};
