import { expect, test } from 'vitest';

import type { WireFormat } from '../../../../src/protocol/wire.ts';
import type { ScannedRequest } from '../../../../src/wire/exchange.ts';
import { wireOf } from '../../../../src/wire/wires.ts';
import { json } from '../../../support/wire.ts';

const thinking = (signature: string): object => ({ type: 'thinking', thinking: 'Hm.', signature });
const redacted = { type: 'redacted_thinking', data: 'redacted-1' };
const text = { type: 'text', text: 'Yes.' };
const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }] };

const MESSAGES = 'anthropic-messages';

function strip(format: WireFormat, body: object, kept: readonly string[]): ScannedRequest {
  return stripBytes(format, json(body), kept);
}

function stripBytes(format: WireFormat, body: Buffer, kept: readonly string[]): ScannedRequest {
  const wire = wireOf(format);
  const request = wire.scan(body);
  return wire.withoutThinking?.(request, kept) ?? request;
}

function bodyOf(request: ScannedRequest): Record<string, unknown> {
  return JSON.parse(request.body.toString()) as Record<string, unknown>;
}

const messages = (content: unknown[], more: object = {}): object => ({
  model: 'claude-x',
  max_tokens: 9,
  thinking: { type: 'enabled', budget_tokens: 1024 },
  messages: [{ role: 'user', content: 'Why?' }, { role: 'assistant', content }, result],
  ...more,
});

test('wire case 111: only blocks that another model signed are removed from a Messages request', () => {
  const body = messages([thinking('sig-a'), thinking('sig-b'), redacted, text]);
  const request = strip(MESSAGES, body, ['sig-b']);
  expect(bodyOf(request)).toEqual(messages([thinking('sig-b'), text]));
  expect(request.signatures).toEqual(['sig-b']);
});

test('wire case 111: if a turn that calls tools loses its thinking, the budget is removed too', () => {
  const body = messages([thinking('sig-a'), call]);
  const { thinking: _gone, ...without } = messages([call]) as Record<string, unknown>;
  expect(bodyOf(strip(MESSAGES, body, []))).toEqual(without);
  const adaptive = messages([thinking('sig-a'), call], { thinking: { type: 'adaptive' } });
  expect(bodyOf(strip(MESSAGES, adaptive, []))['thinking']).toEqual({ type: 'adaptive' });
});

test('a turn of only foreign thinking is removed, since an empty one would be rejected', () => {
  const request = strip(MESSAGES, messages([thinking('sig-a'), redacted]), []);
  expect(bodyOf(request)['messages']).toEqual([{ role: 'user', content: 'Why?' }, result]);
});

test('bytes outside the messages do not change', () => {
  const body = Buffer.from(
    '{ "model": "claude-x",\t"x_own": 1.50, "messages": [{"role":"user","content":"?"},' +
      '{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"sig-a"},{"type":"text","text":"!"}]}],' +
      ' "max_tokens": 9 }',
  );
  const request = stripBytes(MESSAGES, body, []);
  expect(request.body.toString()).toBe(
    '{ "model": "claude-x",\t"x_own": 1.50, "messages": [{"role":"user","content":"?"},' +
      '{"role":"assistant","content":[{"type":"text","text":"!"}]}], "max_tokens": 9 }',
  );
  const [field] = request.fields.filter(({ name }) => name === 'max_tokens');
  expect(request.body.toString('utf8', field?.valueStart, field?.valueEnd)).toBe('9');
});

test('wire case 111: foreign blocks are removed from an OpenAI client’s thinking_blocks', () => {
  const body = (blocks: object): object => ({
    model: 'm',
    messages: [{ role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.', ...blocks }],
  });
  const both = body({ thinking_blocks: [thinking('sig-a'), thinking('sig-b')] });
  expect(bodyOf(strip('openai-chat', both, ['sig-b']))).toEqual(
    body({ thinking_blocks: [thinking('sig-b')] }),
  );
  expect(bodyOf(strip('openai-chat', both, []))).toEqual(body({}));
});
