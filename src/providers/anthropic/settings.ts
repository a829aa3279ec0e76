import type { ProviderType } from '../provider-type.ts';
import { listAnthropic } from './models.ts';
import { claudeRules } from './rules.ts';

/** The provider type `anthropic`: Anthropic's Messages API. */
export const anthropicType: ProviderType = {
  settings: {
    type: 'anthropic',
    name: 'Anthropic',
    local: false,
    defaultBaseUrl: 'https://api.anthropic.com',
    basePath: '',
    requiresKey: true,
    auth: 'x-api-key',
    headers: { 'anthropic-version': '2023-06-01' },
    endpoints: [
      { format: 'anthropic-messages', path: '/v1/messages', dialect: { unaryAsStream: false } },
      { format: 'anthropic-count-tokens', path: '/v1/messages/count_tokens', dialect: {} },
    ],
    trustedStream: false,
    completeList: false,
    answersAnyName: false,
    rulesFor: claudeRules,
  },
  list: listAnthropic,
};
