import { expect, test } from 'vitest';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import type { TargetRequest } from '../../../../src/wire/exchange.ts';
import { responsesEndpoint } from '../../../support/responses-request.ts';
import { json, openAt } from '../../../support/wire.ts';

interface Sent {
  readonly reasoning: unknown;
  readonly warnings: readonly string[];
}

function sent(thinking: object, target: Partial<TargetRequest>): Sent {
  const messages = [{ role: 'user', content: 'hi' }];
  const request = scanMessages(json({ model: 'm', max_tokens: 99, messages, thinking }));
  const exchange = openAt(request, [responsesEndpoint({ traits: { effortModels: /^o3/ } })], target);
  const body = JSON.parse(exchange.body.toString()) as { reasoning?: unknown };
  return { reasoning: body.reasoning, warnings: exchange.warnings.map(({ detail }) => detail) };
}

test('a Messages client that asks to see adaptive thinking gets the summary of a reasoning model', () => {
  const shown = { type: 'adaptive', display: 'summarized' };
  expect(sent(shown, { modelId: 'o3' })).toEqual({ reasoning: { summary: 'auto' }, warnings: [] });
  expect(sent(shown, { modelId: 'plain' })).toEqual({ reasoning: undefined, warnings: ['thinking.display'] });
  const hidden = { type: 'adaptive', display: 'omitted' };
  expect(sent(hidden, { modelId: 'o3' })).toEqual({ reasoning: undefined, warnings: [] });
});
