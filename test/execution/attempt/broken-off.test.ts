import { afterAll, beforeAll, expect, test } from 'vitest';

import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds } from '../../support/two-wires.ts';

/** What the first server of the lane answers; the second one always says "Yes.". */
let broken: Reply;
let laneway: TestGateway;
const running: { stop(): Promise<void> }[] = [];

const event = (delta: object, more: object): string =>
  JSON.stringify({
    ...{ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' },
    choices: [{ index: 0, delta, ...more }],
  });
const stream = (text: string, end: object): Reply =>
  sse([event({ role: 'assistant', content: text }, { finish_reason: null }), event({}, end), '[DONE]']);
const whole = (text: string, end: object): Reply =>
  json(200, {
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, message: { role: 'assistant', content: text }, ...end }],
  });

beforeAll(async () => {
  const first = await startFakeUpstream(chatScript(() => broken));
  const second = await startFakeUpstream(
    chatScript(({ body }) =>
      body.includes('"stream":true') ? sse([...chunks('Yes.'), '[DONE]']) : json(200, completion('Yes.')),
    ),
  );
  const config = laneOfKinds([
    { kind: 'openai_compatible', url: first.url },
    { kind: 'openai_compatible', url: second.url },
  ]);
  laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push({ stop: () => first.close() }, { stop: () => second.close() }, laneway);
});
afterAll(async () => {
  for (const one of running.reverse()) await one.stop();
});

const ENDS: readonly (readonly [string, object])[] = [
  ['wire case 240: the finish reason network_error', { finish_reason: 'network_error' }],
  ['wire case 240: the finish reason abort', { finish_reason: 'abort' }],
  ['wire case 241: an error in the choice', { error: { code: 502, message: 'lost' }, finish_reason: 'stop' }],
];

test.each(ENDS)('%s is answered by the next target, if there was no content', async (_name, end) => {
  broken = stream('', end);
  const streamed = await laneway.chat({ model: 'main', stream: true });
  expect(streamed.headers.get('x-laneway-target')).toBe('b/m');
  expect(await streamed.text()).toContain('Yes.');
  broken = whole('Half an ans', end);
  const answered = await laneway.chat({ model: 'main' });
  expect(answered.headers.get('x-laneway-target')).toBe('b/m');
  expect(await answered.text()).toContain('Yes.');
});

test.each(ENDS)('%s after content is an error at the end, never a whole answer', async (_name, end) => {
  broken = stream('Half an ans', end);
  const streamed = await laneway.chat({ model: 'a/m', stream: true });
  const text = await streamed.text();
  expect(text).toContain('Half an ans');
  expect(text).toContain('"error":{');
  expect(text).not.toContain('[DONE]');
  const translated = await fetch(`${laneway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: 'a/m', max_tokens: 9, stream: true },
      messages: [{ role: 'user', content: 'Hello?' }],
    }),
  });
  const events = await translated.text();
  expect(events).toContain('event: error');
  expect(events).not.toContain('message_stop');
});
