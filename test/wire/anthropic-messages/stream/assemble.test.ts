import { describe, expect, test } from 'vitest';
import { MessagesAssembler } from '../../../../src/wire/anthropic-messages/stream/assemble.ts';
import { WireFault } from '../../../../src/wire/fault.ts';
import { dataIn, fixture } from '../../../support/wire.ts';
import {
  blockStart,
  blockStop,
  delta,
  messageDelta,
  sse,
  START,
  STOP,
  STREAM,
  words,
} from '../../../support/messages-events.ts';

function assemble(stream: string | Buffer): MessagesAssembler {
  const assembler = new MessagesAssembler();
  for (const data of dataIn([stream])) assembler.take(data);
  return assembler;
}

const message = (stream: string | Buffer): Record<string, unknown> =>
  JSON.parse(assemble(stream).body().toString()) as Record<string, unknown>;

describe('an assembled stream', () => {
  test('equals the reply of a unary request', () => {
    expect(message(STREAM)).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-x',
      content: [{ type: 'text', text: 'Grüße 😀!' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 11, cache_read_input_tokens: 4, output_tokens: 7 },
    });
  });

  test('loses nothing: thinking, calls, citations, vendor blocks, unknown deltas and keys', () => {
    const stream = [
      START,
      blockStart(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'h' }),
      delta(0, { type: 'thinking_delta', thinking: 'm' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      blockStop(0),
      blockStart(1, { type: 'redacted_thinking', data: 'red' }),
      blockStop(1),
      blockStart(2, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"q":' }),
      delta(2, { type: 'input_json_delta', partial_json: '"x"}' }),
      blockStop(2),
      blockStart(3, { type: 'web_search_tool_result', tool_use_id: 's', content: [{ url: 'u' }] }),
      blockStop(3),
      blockStart(4, { type: 'text', text: '', citations: [] }),
      delta(4, { type: 'citations_delta', citation: { n: 1 } }),
      delta(4, { type: 'citations_delta', citation: { n: 2 } }),
      words(4, 'Yes.'),
      blockStop(4),
      blockStart(5, { type: 'tool_use', id: 't', name: 'look', input: {} }),
      delta(5, { type: 'input_json_delta', partial_json: '' }),
      blockStop(5),
      blockStart(6, { type: 'compaction', content: '' }),
      delta(6, { type: 'compaction_delta', content: 'short' }),
      blockStop(6),
      sse({
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', stop_sequence: null, container: { id: 'c' } },
        usage: { output_tokens: 7, input_tokens: null, server_tool_use: { web_search_requests: 1 } },
        context_management: { applied_edits: [] },
      }),
      STOP,
    ].join('');
    expect(message(stream)).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'sig' },
        { type: 'redacted_thinking', data: 'red' },
        { type: 'server_tool_use', input: { q: 'x' } },
        { type: 'web_search_tool_result', content: [{ url: 'u' }] },
        { type: 'text', text: 'Yes.', citations: [{ n: 1 }, { n: 2 }] },
        { type: 'tool_use', input: {} },
        { type: 'compaction', content: 'short' },
      ],
      stop_reason: 'tool_use',
      container: { id: 'c' },
      context_management: { applied_edits: [] },
      // wire case 51: null keeps the earlier value.
      usage: { input_tokens: 11, output_tokens: 7, server_tool_use: { web_search_requests: 1 } },
    });
  });

  test('of llama-server equals its unary reply', () => {
    expect(message(fixture('llamacpp/messages-stream.sse'))).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'The capital of France is Paris. Paris is a city steeped' }],
      stop_reason: 'max_tokens',
      usage: { input_tokens: 1, cache_read_input_tokens: 15, output_tokens: 12 },
    });
  });

  test('is complete at message_stop, and has a body from the stop reason on', () => {
    const begun = START + blockStart(0) + words(0, 'a') + blockStop(0);
    expect(assemble(begun)).toMatchObject({ finished: false, ended: false });
    expect(assemble(begun + messageDelta())).toMatchObject({ finished: true, ended: false });
    expect(assemble(begun + messageDelta()).body().length).toBeGreaterThan(0);
    expect(assemble(begun + messageDelta() + STOP)).toMatchObject({ finished: true, ended: true });
  });

  test.each([
    ['error_event', sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })],
    ['malformed', START.replace('msg_1', 'msg_2')],
    ['cut', STOP],
    ['malformed', 'event: x\ndata: no JSON\n\n'],
  ])('%s is a fault', (kind, event) => {
    const run = (): unknown => assemble(START + event);
    expect(run).toThrow(WireFault);
    expect(run).toThrow(expect.objectContaining({ kind }));
  });
});
