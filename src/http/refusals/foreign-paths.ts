import type { Surface } from '../../wire/surface.ts';
import { ollamaSurface } from '../../wire/surfaces/ollama.ts';

/** A path of another API that clients call, and what to do here instead. */
export interface ForeignPath {
  /** Label in metrics. */
  readonly label: string;
  readonly pattern: RegExp;
  /** The end of the message, after the method and path. */
  readonly advice: string;
  /** The surface of its clients, where they could not show Laneway's own error; absent: they can. */
  readonly surface?: Surface;
}

const OLLAMA =
  'the base URL of an Ollama client has no path: remove /v1, or set the client to an OpenAI-compatible server';
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
  row('/v1/score', /^(?:\/v1)?\/score$/, 'scores of documents for a query are POST /v1/rerank'),
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
  row(
    '/v1/audio',
    /^(?:\/v1)?\/audio(?!\/(?:speech|transcriptions|translations)$)(?:\/.*)?$/,
    `${NOT_OFFERED}; of audio there are POST /v1/audio/speech, /v1/audio/transcriptions and /v1/audio/translations`,
  ),
  row('/v1/videos', /^(?:\/v1)?\/videos(?:\/.*)?$/, `videos are ${NOT_OFFERED}`),
  row('/v1/realtime', /^\/v1\/realtime(?:\/.*)?$/, `realtime sessions are ${NOT_OFFERED}`),
  row(
    '/v1/assistants',
    /^\/v1\/(?:assistants|threads|vector_stores|conversations)(?:\/.*)?$/,
    'stored conversations are not offered: use POST /v1/chat/completions',
  ),
  row('/v1/fine_tuning', /^\/v1\/fine_tuning(?:\/.*)?$/, `fine-tuning is ${NOT_OFFERED}`),
  {
    ...row(
      '/api/pull',
      /^\/api\/(?:pull|push|create|copy|delete|blobs\/[^/]*)$/,
      'Laneway does not manage models: send this call to the Ollama server itself',
    ),
    surface: ollamaSurface,
  },
  row('/v1/api', /^\/v1\/api\/(?:chat|generate|embed|embeddings|tags|show|ps|version)$/, OLLAMA),
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
    '/api/engines/*',
    /^\/api\/engines\/.*$/,
    'models are loaded and unloaded with POST /api/engines/PROVIDER/models/ID/load and /unload, the id percent-encoded',
  ),
  row(
    '/api/debug/requests/feedback',
    /^\/api\/debug\/requests\/[^/]+\/feedback$/,
    'feedback is not built yet',
  ),
];

/** The surface of the clients that call a path without a route; null: no other API's. */
export function foreignSurface(path: string): Surface | null {
  return (
    FOREIGN_PATHS.find(({ surface, pattern }) => surface !== undefined && pattern.test(path))?.surface ?? null
  );
}

function row(label: string, pattern: RegExp, advice: string): ForeignPath {
  return { label, pattern, advice };
}
