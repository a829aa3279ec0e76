import { chatEndpoint } from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listGroq } from './models.ts';

/** GroqCloud. */
export const groqType: ProviderType = {
  settings: openAiWireSettings({
    type: 'groq',
    name: 'Groq',
    defaultBaseUrl: 'https://api.groq.com/openai/v1',
    basePath: '/openai/v1',
    requiresKey: true,
    // "not supported and will result in a 400 error if they are supplied" (console.groq.com/docs/openai;
    // wire-formats 2.1); of `n` it takes 1 alone (case 162), of the two ways to ask for reasoning one (case 165).
    endpoints: [
      chatEndpoint({
        refuses: ['logprobs', 'top_logprobs', 'logit_bias'],
        quirks: {
          oneChoice: true,
          // Its own word, `reasoning`, it takes back (groq-sdk 1.6.0, `ChatCompletionAssistantMessageParam`).
          refusedMessageKeys: ['thinking_blocks', 'reasoning_content'],
          // `service_tier` in groq-sdk 1.6.0; what OpenAI calls `default` it does unasked (case 97).
          values: { service_tier: ['auto', 'on_demand', 'flex', 'performance'] },
          exclusive: [['reasoning_format', 'include_reasoning']],
        },
        traits: {
          // Its other reasoning models take `none` and `default` at most, its plain ones nothing.
          efforts: ['low', 'medium', 'high'],
          effortModels: /gpt-oss/,
          serviceTiers: ['auto'],
        },
      }),
    ],
  }),
  list: listGroq,
};
