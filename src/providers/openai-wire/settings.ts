import type { ProviderSettings } from '../provider.ts';
import { chatEndpoint, completionsEndpoint, embeddingsEndpoint } from './endpoints.ts';

/** What an OpenAI-wire type must define, and the defaults that it may override. */
export type OpenAiWireFacts = Pick<ProviderSettings, 'type' | 'name' | 'defaultBaseUrl'> &
  Partial<ProviderSettings>;

/**
 * The settings of a server that speaks OpenAI's wires. Defaults: not local, `/v1`, an optional bearer key, an incomplete
 * list, streams that are checked event by event.
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
