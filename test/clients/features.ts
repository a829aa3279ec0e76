/** What each client of the table does against an upstream of each wire. */
export const FEATURES = [
  'text',
  'streaming',
  'parallel tools',
  'images',
  'JSON schema',
  'thinking',
  'error before the stream',
  'error in the stream',
] as const;

export type Feature = (typeof FEATURES)[number];

export type UpstreamWire = 'openai-chat' | 'anthropic-messages' | 'openai-responses' | 'ollama-chat';

/** Whether a server of this wire signs or encrypts its thinking, and reads it back. */
export function seals(upstream: UpstreamWire): boolean {
  return upstream === 'anthropic-messages' || upstream === 'openai-responses';
}

/** Whether a server of this wire shows its thinking only as a summary, to a request that asks for one; chats have no field for that. */
export function summarises(upstream: UpstreamWire): boolean {
  return upstream === 'openai-responses';
}

/** The tokens of every answer; `cached` are part of the prompt, and null where the wire does not count them. */
export function tokensOf(upstream: UpstreamWire): Tokens {
  return { prompt: 21, cached: upstream === 'ollama-chat' ? null : 4, completion: 7 };
}

/** See {@link tokensOf}. */
export interface Tokens {
  readonly prompt: number;
  readonly cached: number | null;
  readonly completion: number;
}

/** What a client is given. */
export interface Surroundings {
  /** The gateway, without `/v1`. */
  readonly url: string;
  readonly model: string;
  readonly upstream: UpstreamWire;
}

/** Each feature as a run of one client, which rejects where something is not as it should be. */
export type ClientFeatures = Readonly<Record<Feature, (around: Surroundings) => Promise<void>>>;
