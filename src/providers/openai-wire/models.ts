import type { Capabilities } from '../../protocol/capabilities.ts';
import type { ListModels } from '../provider-type.ts';
import { withControlFetch, controlFetch, notAList, PLACEHOLDER_KEY } from '../connection/control-fetch.ts';
import { elements, fields, known, positive, text } from '../../util/json-fields.ts';
import type { ListedModel, Listing } from '../provider.ts';
import { kindOfId } from '../../protocol/model-kind.ts';

/**
 * Ids of models that cannot chat: speech (whisper, gpt-4o-transcribe, tts-1, playai-tts, orpheus), images and video
 * (dall-e-3, gpt-image-1, grok-2-image, sora-2), moderation, realtime, and OpenAI's three completions-only models.
 */
const NO_CHAT = [
  /whisper|transcribe|(?:^|[/_-])tts(?:[/_-]|$)|(?:^|\/)orpheus-/i,
  /dall-e|^(?:chat)?gpt-image|^grok[\w.-]*-imag|^sora-/i,
  /(?:^|-)moderation-|-realtime|^realtime/i,
  /^(?:babbage|davinci)-002$|^gpt-3\.5-turbo-instruct/i,
];

/**
 * Reads `/models` of a server that merely speaks OpenAI's wire, without OpenAI's SDK: loading it would block the serving
 * thread for 230 ms.
 */
export const listByWire: ListModels = async (connection, signal) => {
  const fetch = controlFetch(connection, signal);
  const reply = await fetch(`${connection.baseUrl}/models`, { headers: { accept: 'application/json' } });
  return usableListing(await reply.json());
};

/**
 * Reads `/models` through the `openai` SDK, with every option set that it would otherwise read from the environment.
 * Leaves out models that clearly cannot be used, such as those for speech, images or moderation.
 */
export const listOpenAiWire: ListModels = async (connection, signal) => {
  const { OpenAI } = await import('openai');
  const body = await withControlFetch(connection, signal, (fetch) => {
    const client = new OpenAI({
      baseURL: connection.baseUrl,
      apiKey: PLACEHOLDER_KEY,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      logLevel: 'off',
      fetch,
    });
    // `models.list` would accept any 200 as an empty list, even an HTML page.
    return client.get('/models', { signal });
  });
  return usableListing(body);
};

function usableListing(body: unknown): Listing {
  const models = readUsableModels(body);
  return { models, singleModel: models.length === 1 && isLlamaServer(body) };
}

/** The listed models without those that no endpoint of Laneway can use. Throws a `ProbeError` when it is not a list. */
export function readUsableModels(body: unknown): ListedModel[] {
  return readModelList(body).filter(({ id }) => !NO_CHAT.some((pattern) => pattern.test(id)));
}

/**
 * Older installations configure a llama-server as `vllm` or `openai` in their environment, with an arbitrary model name.
 * Its list has `owned_by: llamacpp`; as a router, where names count, it also gives each model a `status`.
 */
function isLlamaServer(body: unknown): boolean {
  const [entry] = elements(fields(body).data)?.map(fields) ?? [];
  return entry?.owned_by === 'llamacpp' && !('status' in entry);
}

/**
 * Parses a list in OpenAI's shape, `{ data: [{ id }] }`, or the bare array that some servers send. Uses the fields that
 * servers add: `max_model_len` (vLLM), `context_window` and `max_completion_tokens` (Groq), `context_length`
 * (OpenRouter, Together). Throws a `ProbeError` when it is not a list.
 */
function readModelList(body: unknown): ListedModel[] {
  const entries = elements(body) ?? elements(fields(body).data);
  if (entries === null) throw notAList();
  return entries.flatMap((value) => {
    const entry = fields(value);
    const id = text(entry.id);
    if (id === null || entry.active === false) return [];
    return [{ id, name: null, kind: kindOfId(id), status: 'available', capabilities: capabilitiesOf(entry) }];
  });
}

/** Adds capabilities that all chat models of a server's type have; those that the server lists win. */
export function withChatCapabilities(listing: Listing, facts: Capabilities): Listing {
  const models = listing.models.map((model) =>
    model.kind === null ? { ...model, capabilities: { ...facts, ...model.capabilities } } : model,
  );
  return { ...listing, models };
}

function capabilitiesOf(entry: Readonly<Record<string, unknown>>): Capabilities {
  return known({
    context_length:
      positive(entry.max_model_len) ?? positive(entry.context_window) ?? positive(entry.context_length),
    max_output_tokens: positive(entry.max_completion_tokens),
  });
}
