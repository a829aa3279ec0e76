import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import { chatEndpoint, completionsEndpoint, embeddingsEndpoint } from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listLlamaCpp } from './models.ts';

const CHAT: OpenAiChatFacts = {
  // A unary request runs to its end after its client has disconnected (16.7 s measured); a stream stops in 40 ms.
  unaryAsStream: true,
  // The role goes to the chat template, which usually knows only system, user, assistant and tool (case 83).
  quirks: { noDeveloperRole: true },
  traits: {
    // `none` disables thinking, the others go to the chat template.
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    effortModels: null,
    // Read from assistant turns (common/chat.cpp, `common_chat_msgs_parse_oaicompat`).
    reasoningField: 'reasoning_content',
    topK: true,
    // A named tool choice is treated as `auto`, with a line in its log (b11434).
    namedToolChoice: false,
    toolNameLength: null,
  },
};

/** The provider type `llamacpp`: llama.cpp's `llama-server`, with one model or as a router over several. */
export const llamaCppType: ProviderType = {
  settings: openAiWireSettings({
    type: 'llamacpp',
    name: 'llama.cpp',
    local: true,
    defaultBaseUrl: 'http://127.0.0.1:8080',
    basePath: '',
    // With one model it ignores the model name of a request.
    answersAnyName: true,
    endpoints: [
      chatEndpoint(CHAT, '/v1/chat/completions'),
      completionsEndpoint({ unaryAsStream: true }, '/v1/completions'),
      embeddingsEndpoint('/v1/embeddings'),
      { format: 'anthropic-count-tokens', path: '/v1/messages/count_tokens', dialect: {} },
    ],
  }),
  list: listLlamaCpp,
};
