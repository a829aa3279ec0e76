import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listLlamaCpp } from './models.ts';

/** llama.cpp's `llama-server`, with one model or as a router over several. */
export const llamaCppType: ProviderType = {
  settings: openAiWireSettings({
    type: 'llamacpp',
    name: 'llama.cpp',
    local: true,
    defaultBaseUrl: 'http://127.0.0.1:8080',
    basePath: '',
    // With one model the name of a request is not looked at (local-engines A2).
    answersAnyName: true,
    chat: { path: '/v1/chat/completions' },
  }),
  list: listLlamaCpp,
};
