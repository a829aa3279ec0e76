import type { OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import type { EndpointScope } from '../../wire/wire.ts';
import type { Endpoint } from '../../wire/wires.ts';
import { chatEndpoint, completionsEndpoint } from '../openai-wire/endpoints.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { listOllama } from './models.ts';

const CHAT: OpenAiChatFacts = {
  // It ignores the new name and then generates without a limit (case 81).
  renames: { max_completion_tokens: 'max_tokens' },
  // It ignores them, so they count as refused.
  refuses: ['keep_alive', 'think'],
  // It accepts any number (case 212).
  stopSequences: null,
  // Ids go from `chatcmpl-0` to 998 (case 28); `n` is ignored; chat templates know only the roles system, user,
  // assistant and tool (case 83), and often system text only at the beginning (case 84); it has no strict tools
  // (pydantic/pydantic-ai#4160).
  quirks: { idsRepeat: true, oneChoice: true, noDeveloperRole: true, strictTurns: true, looseTools: true },
  // Schemas become grammars and parts of prompts, so they pass as the client wrote them.
  schemas: null,
  traits: {
    // All but a few models reject an effort with 400, no model rejects `none` (case 155); thinking models think by
    // default (case 156).
    efforts: ['none'],
    effortModels: null,
    // Its openai/openai.go passes `Message.Reasoning` on as the turn's thinking.
    reasoningField: 'reasoning',
    // Its openai/openai.go has no such field (v0.17.4).
    toolChoice: 'ignored',
    // "image URLs are not currently supported" (case 89).
    imageUrls: false,
    // Its templates leave the last turn open if it is the assistant's.
    prefill: 'continued',
    toolNameLength: null,
  },
};

/** Its own API (docs/decisions/0010-ollama-native.md). Only the models of gpt-oss have levels of thinking (case 155). */
const NATIVE: Endpoint = {
  format: 'ollama-chat',
  path: '/api/chat',
  dialect: { unaryAsStream: false, thinkLevels: /(?:^|\/)gpt-?oss/i },
};

/**
 * The compatible API ignores more fields, cuts a prompt that is too long, and replaces the temperature of a model by 1.
 * It serves what a translation cannot carry, unless that would load the model again with another context.
 */
const COMPATIBLE: EndpointScope = {
  onlyWith: ['logprobs', 'top_logprobs'],
  neverWith: ['num_ctx'],
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
    // Its own API is told not to, except where a client of that API leaves it to the server (case 158).
    cutsPrompts: true,
    // The tags of the models in Ollama's cloud: `gpt-oss:120b-cloud`, `glm-4.6:cloud` (docs.ollama.com/cloud).
    remoteModels: /[:-]cloud$/,
    // Not its own Messages and Responses (v0.17.4): `/v1/responses` says `completed` when the limit has cut the reply;
    // `/v1/messages` begins with a guess of the prompt's tokens (test/engines/own-wires.test.ts).
    endpoints: [
      NATIVE,
      { ...chatEndpoint(CHAT, '/v1/chat/completions'), scope: COMPATIBLE },
      completionsEndpoint({ single: true, stopSequences: null }, '/v1/completions'),
      // Its `/v1/embeddings` silently truncates an input that is too long.
      { format: 'ollama-embed', path: '/api/embed', dialect: {} },
    ],
  }),
  list: listOllama,
};
