import type { ProviderType } from '../provider-type.ts';
import { listAnthropic } from './models.ts';

/** Claude models that still take sampling parameters: all up to Opus 4.6 (wire-formats 1.2 and the table of 3.1). */
const SAMPLING = '(?:instant|[23])[-.]|(?:opus|sonnet|haiku)-4(?:-[0-6])?(?:[-@]\\d{8}|-latest)?$';

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
      trustedStream: false,
      streamUsage: false,
      refuses: [],
      renames: {},
      withoutSampling: new RegExp(`^claude-(?!${SAMPLING})`),
    },
    completeList: false,
    answersAnyName: false,
  },
  list: listAnthropic,
};
