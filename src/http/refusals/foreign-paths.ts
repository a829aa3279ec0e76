/** A path of another API that clients call, and what to do here instead. */
export interface ForeignPath {
  /** Label in metrics. */
  readonly label: string;
  readonly pattern: RegExp;
  /** The end of the message, after the method and path. */
  readonly advice: string;
}

const OLLAMA =
  "Ollama's API is not built yet: set the client to an OpenAI-compatible server with the base URL ending in /v1";
const NOT_OFFERED = 'not offered: send it to the vendor directly';
const FIXED_MODEL = 'not offered: the model is named in the field "model" of POST /v1/chat/completions';
const ENGINE_PATH =
  'this is a call of an engine itself: send it to the engine, or use POST /v1/chat/completions';

/**
 * Paths of vendors and engines that are not served. A row whose label is the URL of a route is left out, so that it ends
 * by itself when the call is built.
 */
export const FOREIGN_PATHS: readonly ForeignPath[] = [
  row(
    '/v1/responses/compact',
    /^(?:\/[\w-]+)*\/responses\/compact$/,
    'conversations are not compacted here: shorten the field "input" of POST /v1/responses, or ask the model for a summary',
  ),
  row(
    '/v1/responses/input_tokens',
    /^(?:\/[\w-]+)*\/responses\/input_tokens$/,
    'the tokens of a prompt are counted by POST /v1/messages/count_tokens',
  ),
  row(
    '/v1/responses/{id}',
    /^(?:\/[\w-]+)*\/responses\/.+$/,
    'responses are not stored here: POST /v1/responses returns them, and takes the whole conversation in "input"',
  ),
  row(
    '/v1/rerank',
    /^(?:\/[\w-]+)*\/(?:rerank|score)$/,
    'not built yet: send it to the server of the rerank model',
  ),
  row(
    '/v1/engines',
    /^\/v1\/engines(?:\/.*)?$/,
    'a path that OpenAI has removed: use POST /v1/completions with the field "model"',
  ),
  row('/v1/complete', /^(?:\/v1)?\/complete$/, "Anthropic's old call is not offered: use POST /v1/messages"),
  row('/v1/messages/batches', /^\/v1\/messages\/batches(?:\/.*)?$/, `batches are ${NOT_OFFERED}`),
  row('/v1/batches', /^\/v1\/batches(?:\/.*)?$/, `batches are ${NOT_OFFERED}`),
  row(
    '/v1/files',
    /^\/v1\/(?:files|uploads)(?:\/.*)?$/,
    'files are not offered: send images and documents in the messages',
  ),
  row('/v1/audio', /^(?:\/v1)?\/audio(?:\/.*)?$/, `speech is ${NOT_OFFERED}`),
  row('/v1/images', /^(?:\/v1)?\/images(?:\/.*)?$/, `image generation is ${NOT_OFFERED}`),
  row('/v1/moderations', /^(?:\/v1)?\/moderations$/, `moderation is ${NOT_OFFERED}`),
  row('/v1/realtime', /^\/v1\/realtime(?:\/.*)?$/, `realtime sessions are ${NOT_OFFERED}`),
  row(
    '/v1/assistants',
    /^\/v1\/(?:assistants|threads|vector_stores|conversations)(?:\/.*)?$/,
    'stored conversations are not offered: use POST /v1/chat/completions',
  ),
  row('/v1/fine_tuning', /^\/v1\/fine_tuning(?:\/.*)?$/, `fine-tuning is ${NOT_OFFERED}`),
  row('/api/chat', /^(?:\/v1)?\/api\/chat$/, OLLAMA),
  row('/api/generate', /^(?:\/v1)?\/api\/generate$/, OLLAMA),
  row('/api/tags', /^(?:\/v1)?\/api\/tags$/, `${OLLAMA}; GET /v1/models lists the models`),
  row('/api/embed', /^(?:\/v1)?\/api\/embed(?:dings)?$/, `${OLLAMA}; vectors are POST /v1/embeddings`),
  row('/api/ollama', /^(?:\/v1)?\/api\/(?:show|ps|pull|push|copy|create|delete|version|blobs\/.*)$/, OLLAMA),
  row(
    '/v1beta',
    /^\/v1(?:beta|alpha)\/(?!openai\/).*$|^\/v1internal:/,
    "Gemini's API is not offered: use the OpenAI or Anthropic API of the client, with the base URL ending in /v1 for OpenAI's",
  ),
  row(
    '/openai/deployments',
    /^\/openai\/deployments\/.*$/,
    `Azure's paths are ${FIXED_MODEL}; the base URL ends in /v1`,
  ),
  row('/model', /^\/model\/[^/]+\/(?:invoke|converse).*$/, `Bedrock's paths are ${FIXED_MODEL}`),
  row(
    '/completion',
    /^\/(?:completion|infill|tokenize|detokenize|apply-template|props|slots|lora-adapters)$/,
    ENGINE_PATH,
  ),
  row(
    '/api/v1/llm',
    /^\/api\/v1\/llm(?:\/.*)?$/,
    'the configuration service is not built yet: edit config/user_models.json, or PUT /api/debug/models/{node}',
  ),
  row('/api/profiles/*', /^\/api\/profiles\/.*$/, 'profiles are not built yet: edit config/user_models.json'),
  row('/api/engines/*', /^\/api\/engines\/.*$/, 'loading models is not built yet: use the engine itself'),
  row(
    '/api/debug/requests/feedback',
    /^\/api\/debug\/requests\/[^/]+\/feedback$/,
    'feedback is not built yet',
  ),
];

function row(label: string, pattern: RegExp, advice: string): ForeignPath {
  return { label, pattern, advice };
}
