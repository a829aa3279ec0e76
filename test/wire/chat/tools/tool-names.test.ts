import { expect, test } from 'vitest';
import { openAiChatCodec } from '../../../../src/wire/openai-chat/codec.ts';
import { ToolNames } from '../../../../src/wire/chat/tools/tool-names.ts';
import { json } from '../../../support/wire.ts';

const LONG = `mcp__files__${'read'.repeat(30)}`;

test('wire case 72: a renamed tool comes back under the client’s own name, in a reply and in a stream', () => {
  const names = new ToolNames(64);
  const sent = names.outgoing(LONG);
  expect(sent).toMatch(/^mcp__files__[A-Za-z0-9_-]{1,52}$/);
  expect(sent).toHaveLength(64);
  const call = { index: 0, id: 'c', function: { name: sent, arguments: '{}' } };
  const other = { index: 1, id: 'd', function: { name: 'clock', arguments: '{}' } };
  const body = json({ choices: [{ message: { tool_calls: [call, other] } }] });
  expect(openAiChatCodec.decodeReply(body, names.notes).parts).toMatchObject([
    { name: LONG },
    { name: 'clock' },
  ]);
  const choice = { index: 0, delta: { tool_calls: [call, other] }, finish_reason: 'tool_calls' };
  const decoder = openAiChatCodec.openDecoder(names.notes);
  const events = [...decoder.read(JSON.stringify({ choices: [choice] })), ...decoder.end()];
  expect(events.filter(({ type }) => type === 'tool-call-start')).toMatchObject([
    { name: LONG },
    { name: 'clock' },
  ]);
});

test('a request without renamed tools costs nothing on the way back', () => {
  const names = new ToolNames(64);
  expect(names.outgoing('clock')).toBe('clock');
  expect(names.notes).toBeNull();
});

test('the outgoing name depends only on the name, so that it is the same in later turns', () => {
  expect(new ToolNames(64).outgoing('a.b/c')).toBe(new ToolNames(64).outgoing('a.b/c'));
  expect(new ToolNames(64).outgoing('a.b/c')).not.toBe(new ToolNames(64).outgoing('a/b.c'));
  expect(new ToolNames(null).outgoing('a.b/c')).toBe('a.b/c');
});
