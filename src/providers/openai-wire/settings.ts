import type { ProviderSettings } from '../provider.ts';
import { chatEndpoint, completionsEndpoint, embeddingsEndpoint } from './endpoints.ts';

/** What an OpenAI-wire type must state, and what it may state otherwise than most. */
export type OpenAiWireFacts = Pick<ProviderSettings, 'type' | 'name' | 'defaultBaseUrl'> &
  Partial<ProviderSettings>;

/**
 * The settings of a server that speaks OpenAI's wires: a cloud with `/v1`, a bearer key that it can do without, an
 * incomplete list, streams that are looked at event by event.
 */
export function openAiWireSettings(facts: OpenAiWireFacts): ProviderSettings {
  return {
    local: false,
    basePath: '/v1',
    requiresKey: false,
    auth: 'bearer',
    headers: {},
    endpoints: [chatEndpoint(), completionsEndpoint(), embeddingsEndpoint()],
    trustedStream: false,
    completeList: false,
    answersAnyName: false,
    ...facts,
  };
}
