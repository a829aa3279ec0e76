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
    // wire-formats 2.1). `n` above 1 is refused too, but 1 is not, so it passes (case 162).
    chat: { refuses: ['logprobs', 'top_logprobs', 'logit_bias'] },
  }),
  list: listGroq,
};
