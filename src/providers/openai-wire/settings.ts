import type { ChatSettings, ProviderSettings } from '../provider.ts';

/** What an OpenAI-wire type must say of itself, and what it may say otherwise than most. */
export type OpenAiWireFacts = Pick<ProviderSettings, 'type' | 'name' | 'defaultBaseUrl'> &
  Partial<Omit<ProviderSettings, 'chat'>> & { readonly chat?: Partial<ChatSettings> };

/**
 * The settings of a server that speaks OpenAI's chat wire: a cloud with `/v1`, a bearer key that it can do without,
 * an incomplete list, streams that are looked at event by event and tell their usage when asked.
 */
export function openAiWireSettings(facts: OpenAiWireFacts): ProviderSettings {
  return {
    local: false,
    basePath: '/v1',
    requiresKey: false,
    auth: 'bearer',
    headers: {},
    completeList: false,
    answersAnyName: false,
    ...facts,
    chat: {
      wire: 'openai-chat',
      path: '/chat/completions',
      countTokensPath: null,
      trustedStream: false,
      streamUsage: true,
      unaryAsStream: false,
      refuses: [],
      renames: {},
      withoutSampling: null,
      ...facts.chat,
    },
  };
}
