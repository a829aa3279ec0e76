import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import { chatEndpoint, completionsEndpoint } from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listOllama } from './models.ts';

const CHAT: OpenAiChatFacts = {
  // It ignores the new name and then generates without a limit (case 81).
  renames: { max_completion_tokens: 'max_tokens' },
  // Ids go from `chatcmpl-0` to 998 (case 28); `n` is ignored; chat templates know only the roles system, user,
  // assistant and tool (case 83).
  quirks: { idsRepeat: true, oneChoice: true, noDeveloperRole: true },
  traits: {
    // All but a few models reject an effort with 400, no model rejects `none` (case 155); thinking models think by
    // default (case 156).
    efforts: ['none'],
    effortModels: null,
    // Its openai/openai.go passes `Message.Reasoning` on as the turn's thinking.
    reasoningField: 'reasoning',
    // "image URLs are not currently supported" (case 89).
    imageUrls: false,
    toolNameLength: null,
  },
};

/** The provider type `ollama`. */
export const ollamaType: ProviderType = {
  settings: openAiWireSettings({
    type: 'ollama',
    name: 'Ollama',
    local: true,
    defaultBaseUrl: 'http://127.0.0.1:11434',
    basePath: '',
    completeList: true,
    defaultTag: ':latest',
    endpoints: [
      chatEndpoint(CHAT, '/v1/chat/completions'),
      completionsEndpoint({ single: true }, '/v1/completions'),
      // Its `/v1/embeddings` silently truncates an input that is too long.
      { format: 'ollama-embed', path: '/api/embed', dialect: {} },
    ],
  }),
  list: listOllama,
};
