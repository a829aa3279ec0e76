import { expect, test } from 'vitest';
import { scanMessages } from '../../src/wire/anthropic-messages/scan.ts';
import type { ScannedRequest } from '../../src/wire/exchange.ts';
import { chooseRoute } from '../../src/wire/open-exchange.ts';
import { scanOpenAiChat } from '../../src/wire/openai-chat/scan.ts';
import { responsesEndpoint, scannedResponses } from '../support/responses-request.ts';
import { json, MESSAGES_ENDPOINT, openAiEndpoint } from '../support/wire.ts';

/** Models that speak only one wire of their server's (`models` of an endpoint). */
const ENDPOINTS = [openAiEndpoint(), responsesEndpoint({}, /-pro$/)];
const body = json({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] });

const routeOf = (request: ScannedRequest, modelId: string): string => {
  const route = chooseRoute(request, ENDPOINTS, undefined, modelId);
  return `${route?.kind} ${route?.endpoint.format}`;
};

test('every request to such a model is translated to its wire, a request of that wire passes', () => {
  expect(routeOf(scanOpenAiChat(body), 'x-pro')).toBe('translate openai-responses');
  expect(routeOf(scanMessages(body), 'x-pro')).toBe('translate openai-responses');
  expect(routeOf(scannedResponses({}), 'x-pro')).toBe('pass-through openai-responses');
});

test('requests to other models use the endpoint of their own wire, or the first one', () => {
  expect(routeOf(scanOpenAiChat(body), 'x')).toBe('pass-through openai-chat');
  expect(routeOf(scanMessages(body), 'x')).toBe('translate openai-chat');
  expect(routeOf(scannedResponses({}), 'x')).toBe('pass-through openai-responses');
});

test('a server whose endpoints name no models serves all of them', () => {
  const route = chooseRoute(scanOpenAiChat(body), [MESSAGES_ENDPOINT], undefined, 'x-pro');
  expect(route?.endpoint).toBe(MESSAGES_ENDPOINT);
});
