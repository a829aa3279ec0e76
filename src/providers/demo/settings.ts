import { chatEndpoint } from '../openai-wire/endpoints.ts';
import { listOpenAiWire, withChatCapabilities } from '../openai-wire/models.ts';
import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';

/** The practice models read only text: requests with images go to other targets. */
const ABILITIES = { supports_tools: true, supports_vision: false, supports_json_schema: true };

/**
 * The practice models at `url` (of `startDemoServer`). Not in the list of types: only demo mode uses it, so that a
 * practice model never replaces a real one.
 */
export function demoType(url: string): ProviderType {
  return {
    settings: openAiWireSettings({
      type: 'demo',
      name: 'Practice models',
      local: true,
      defaultBaseUrl: url,
      completeList: true,
      // They answer the last part of the user's turn, which clients put after their own.
      endpoints: [chatEndpoint({ traits: { textParts: true } })],
    }),
    list: async (connection, signal) =>
      withChatCapabilities(await listOpenAiWire(connection, signal), ABILITIES),
  };
}
