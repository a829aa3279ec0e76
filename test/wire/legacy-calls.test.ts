import { expect, test } from 'vitest';

import type { Exchange } from '../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../src/wire/openai-chat/scan.ts';
import { blockStart, blockStop, delta, messageDelta, START, STOP } from '../support/messages-events.ts';
import { message, type FakeBlock } from '../support/two-wires.ts';
import { json, MESSAGES_ENDPOINT, openAt, relay } from '../support/wire.ts';

const CALL: FakeBlock = { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'x' } };

function exchange(tools: object): Exchange {
  const body = { messages: [{ role: 'user', content: '?' }], ...tools };
  return openAt(scanOpenAiChat(json(body)), [MESSAGES_ENDPOINT]);
}

function answered(tools: object): unknown {
  const { body } = exchange(tools).unary(json(message([CALL], 'tool_use')));
  return (JSON.parse(body.toString()) as { choices: unknown[] }).choices[0];
}

test('wire case 76: a client of the legacy functions gets a function_call from another wire too', () => {
  expect(answered({ functions: [{ name: 'look' }] })).toMatchObject({
    message: { function_call: { name: 'look', arguments: '{"at":"x"}' } },
    finish_reason: 'function_call',
  });
});

test('wire case 76: a client of tools is not', () => {
  expect(answered({ tools: [{ type: 'function', function: { name: 'look' } }] })).toMatchObject({
    message: { tool_calls: [{ id: 'toolu_1', function: { name: 'look' } }] },
    finish_reason: 'tool_calls',
  });
});

test('wire case 76: a streaming client of the legacy functions gets a function_call from another wire too', () => {
  const { output, state } = relay(exchange({ functions: [{ name: 'look' }], stream: true }).stream(), [
    START,
    blockStart(0, { ...CALL, input: {} }),
    delta(0, { type: 'input_json_delta', partial_json: '{"at":"x"}' }),
    blockStop(0),
    messageDelta('tool_use'),
    STOP,
  ]);
  expect(state).toBe('complete');
  expect(output).toContain('"function_call":{"name":"look"');
  expect(output).toContain('"finish_reason":"function_call"');
  expect(output).not.toContain('tool_calls');
});
