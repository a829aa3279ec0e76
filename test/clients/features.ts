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

export type UpstreamWire = 'openai-chat' | 'anthropic-messages';

/** What a client is given. */
export interface Surroundings {
  /** The gateway, without `/v1`. */
  readonly url: string;
  readonly model: string;
  readonly upstream: UpstreamWire;
}

/** Each feature as a run of one client, which rejects where something is not as it should be. */
export type ClientFeatures = Readonly<Record<Feature, (around: Surroundings) => Promise<void>>>;
