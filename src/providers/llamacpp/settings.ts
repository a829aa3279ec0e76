import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import {
  chatEndpoint,
  completionsEndpoint,
  directEndpoints,
  embeddingsEndpoint,
  rerankEndpoint,
} from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listLlamaCpp } from './models.ts';

const CHAT: OpenAiChatFacts = {
  // A unary request runs to its end after its client has disconnected (16.7 s measured); a stream stops in 40 ms.
  unaryAsStream: true,
  // It accepts any number (case 212).
  stopSequences: null,
  // Schemas become grammars and parts of prompts, so they pass as the client wrote them.
  schemas: null,
  // The role goes to the chat template, which usually knows only system, user, assistant and tool (case 83), and often
  // takes system text only at the beginning (case 84).
  quirks: { noDeveloperRole: true, strictTurns: true },
  traits: {
    // `none` disables thinking, the others go to the chat template.
    efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    effortModels: null,
    // Read from assistant turns (common/chat.cpp, `common_chat_msgs_parse_oaicompat`).
    reasoningField: 'reasoning_content',
    topK: true,
    extras: ['seed', 'frequency_penalty', 'presence_penalty', 'min_p', 'repeat_penalty'],
    // `--prefill-assistant` is on by default (ggml-org/llama.cpp, tools/server/README.md).
    prefill: 'continued',
    // A named tool choice is treated as `auto`, with a line in its log (b11434; ggml-org/llama.cpp, server-common.cpp:
    // `json_value(body, "tool_choice", "auto")` wants a string).
    toolChoice: 'modes',
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
    // Not its own Messages and Responses, which lose more than the translation to chat (test/engines/own-wires.test.ts,
    // b10434): both ignore the JSON schema of the answer and send errors in another envelope; `/v1/messages` gives ids of
    // chat completions; `/v1/responses` says `completed` when the limit has cut the reply, leaves out required keys and
    // the details of the usage, and its streams have neither places nor numbers.
    endpoints: [
      chatEndpoint(CHAT, '/v1/chat/completions'),
      completionsEndpoint({ unaryAsStream: true, stopSequences: null }, '/v1/completions'),
      embeddingsEndpoint('/v1/embeddings'),
      // 501 without `--reranking`.
      rerankEndpoint('/v1/rerank'),
      // 501 where the model takes no audio.
      ...directEndpoints('openai-audio-transcriptions', '/v1'),
      { format: 'anthropic-count-tokens', path: '/v1/messages/count_tokens', dialect: {} },
    ],
  }),
  list: listLlamaCpp,
};
