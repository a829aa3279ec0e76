import { expect, test } from 'vitest';
import { openAiChatCodec } from '../../src/wire/openai-chat/codec.ts';
import { restoreToolNames } from '../../src/wire/restore-tool-names.ts';
import { ToolNames } from '../../src/wire/tool-names.ts';
import { json } from '../support/wire.ts';

const LONG = `mcp__files__${'read'.repeat(30)}`;

test('wire case 72: a renamed tool comes back under the client’s own name, in a reply and in a stream', () => {
  const names = new ToolNames(64);
  const sent = names.outgoing(LONG);
  expect(sent).toMatch(/^mcp__files__[A-Za-z0-9_-]{1,52}$/);
  expect(sent).toHaveLength(64);
  const codec = restoreToolNames(openAiChatCodec, names.originals ?? undefined);
  const call = { index: 0, id: 'c', function: { name: sent, arguments: '{}' } };
  const other = { index: 1, id: 'd', function: { name: 'clock', arguments: '{}' } };
  const reply = codec.decodeReply(json({ choices: [{ message: { tool_calls: [call, other] } }] }));
  expect(reply.parts).toMatchObject([{ name: LONG }, { name: 'clock' }]);
  const choice = { index: 0, delta: { tool_calls: [call, other] }, finish_reason: 'tool_calls' };
  const decoder = codec.openDecoder();
  const data = JSON.stringify({ choices: [choice] });
  const events = [...decoder.read({ event: null, data, foreign: null }), ...decoder.end()];
  expect(events.filter(({ type }) => type === 'tool-call-start')).toMatchObject([
    { name: LONG },
    { name: 'clock' },
  ]);
});

test('a request in which no tool was renamed costs nothing on the way back', () => {
  const names = new ToolNames(64);
  expect(names.outgoing('clock')).toBe('clock');
  expect(names.originals).toBeNull();
  expect(restoreToolNames(openAiChatCodec, undefined)).toBe(openAiChatCodec);
});

test('the outgoing name hangs on the name alone, so that later turns say the same', () => {
  expect(new ToolNames(64).outgoing('a.b/c')).toBe(new ToolNames(64).outgoing('a.b/c'));
  expect(new ToolNames(64).outgoing('a.b/c')).not.toBe(new ToolNames(64).outgoing('a/b.c'));
  expect(new ToolNames(null).outgoing('a.b/c')).toBe('a.b/c');
});
