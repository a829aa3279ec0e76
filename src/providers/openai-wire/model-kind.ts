import type { Kind } from '../../protocol/capabilities.ts';

/** Families of embedding models by what their ids hold: text-embedding-3-small, BAAI/bge-m3, intfloat/e5-large-v2. */
const EMBEDDINGS = /embed(?!ded)|minilm|(?:^|[/_-])(?:bge|gte|e5)-/i;
const RERANK = /rerank/i;

/**
 * What plainly answers no chat: speech (whisper, gpt-4o-transcribe, tts-1, playai-tts, orpheus), pictures and films
 * (dall-e-3, gpt-image-1, grok-2-image, sora-2), moderation, realtime, and OpenAI's three completions-only models.
 */
const NO_CHAT = [
  /whisper|transcribe|(?:^|[/_-])tts(?:[/_-]|$)|(?:^|\/)orpheus-/i,
  /dall-e|^(?:chat)?gpt-image|^grok[\w.-]*-imag|^sora-/i,
  /(?:^|-)moderation-|-realtime|^realtime/i,
  /^(?:babbage|davinci)-002$|^gpt-3\.5-turbo-instruct/i,
];

/** The kind that an id tells, where a list says nothing else of its models. Whatever is not known is chat. */
export function kindOfId(id: string): Kind {
  if (RERANK.test(id)) return 'rerank';
  return EMBEDDINGS.test(id) ? 'embeddings' : 'chat';
}

/** Does the id name a model that no endpoint of Laneway could use? */
export function isUnusable(id: string): boolean {
  return NO_CHAT.some((pattern) => pattern.test(id));
}
