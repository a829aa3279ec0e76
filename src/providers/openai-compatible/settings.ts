import { listByWire } from '../openai-wire/models.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';

/**
 * The provider type `openai_compatible`: any other server that speaks OpenAI's wire, such as xAI, OpenRouter, LM Studio
 * or a proxy.
 */
export const openAiCompatibleType: ProviderType = {
  settings: openAiWireSettings({
    type: 'openai_compatible',
    name: 'OpenAI-compatible server',
    defaultBaseUrl: null,
  }),
  list: listByWire,
};
