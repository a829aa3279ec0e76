import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listOllama } from './models.ts';

/** Ollama. */
export const ollamaType: ProviderType = {
  settings: openAiWireSettings({
    type: 'ollama',
    name: 'Ollama',
    local: true,
    defaultBaseUrl: 'http://127.0.0.1:11434',
    basePath: '',
    completeList: true,
    defaultTag: ':latest',
    chat: {
      path: '/v1/chat/completions',
      // It ignores the new name and then runs without a limit (wire-formats 1.8, case 81).
      renames: { max_completion_tokens: 'max_tokens' },
    },
  }),
  list: listOllama,
};
