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

/** Does the id name a model that no endpoint of Laneway could use? */
export function isUnusable(id: string): boolean {
  return NO_CHAT.some((pattern) => pattern.test(id));
}
