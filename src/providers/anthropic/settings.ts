import type { ProviderType } from '../provider-type.ts';
import { listAnthropic } from './models.ts';
import { claudeRules } from './rules.ts';

/** Anthropic's Messages API. */
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
    chat: {
      wire: 'anthropic-messages',
      path: '/v1/messages',
      countTokensPath: '/v1/messages/count_tokens',
      trustedStream: false,
      streamUsage: false,
      unaryAsStream: false,
      refuses: [],
      renames: {},
      withoutSampling: null,
    },
    completeList: false,
    answersAnyName: false,
    rulesFor: claudeRules,
  },
  list: listAnthropic,
};
