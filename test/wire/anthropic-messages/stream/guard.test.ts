import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessagesGuard } from '../../../../src/wire/anthropic-messages/stream/guard.ts';
import { cut, cutPoints, eachByte, fixture, lineEnds, relay } from '../../../support/wire.ts';
import {
  blockStart,
  blockStop,
  delta,
  messageDelta,
  PING,
  sse,
  START,
  STOP,
  STREAM,
  words,
} from '../../../support/messages-events.ts';

const guard = (): MessagesGuard => new MessagesGuard(9);

const ERROR = sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });

describe('wire case 100: an untouched stream', () => {
  test.each([
    ['Anthropic', Buffer.from(STREAM)],
    ['llama-server', fixture('llamacpp/messages-stream.sse')],
    ['Ollama', fixture('ollama/messages-stream.sse')],
  ])('of %s is forwarded unchanged, with any chunking', (_, bytes) => {
    for (const chunks of [[bytes], eachByte(bytes)]) {
      expect(relay(guard(), chunks)).toEqual({ output: bytes.toString(), state: 'complete', fault: null });
    }
  });

  test('with any chunking and any line ends', () => {
    fc.assert(
      fc.property(cutPoints, lineEnds, (points, ends) => {
        const text = withEnds(ends);
        const { output, state } = relay(guard(), cut(Buffer.from(text), points));
        expect([output, state]).toEqual([text, 'complete']);
      }),
      { numRuns: 300 },
    );
  });

  /** Ends each line of the stream in one of the three ways; an LF after a CR would be one line end, not two. */
  const withEnds = (choice: readonly number[]): string => {
    let turn = 0;
    const next = (ends: readonly string[]): string =>
      ends[(choice[turn++ % choice.length] ?? 0) % ends.length] ?? '';
    return STREAM.replace(/\n\n|\n/g, (found) =>
      found === '\n' ? next(['\n', '\r\n', '\r']) : next(['\n\n', '\r\n\r\n', '\r\r', '\n\r', '\r\n\n']),
    );
  };

  test('wire case 120: unknown blocks, deltas, events and keys pass', () => {
    const stream = [
      START,
      blockStart(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      delta(0, { type: 'a_new_delta', x: 1 }),
      blockStop(0),
      sse({ type: 'a_new_event', y: 2 }),
      messageDelta('pause_turn', { context_management: { applied_edits: [] } }),
      STOP,
    ].join('');
    expect(relay(guard(), [stream]).output).toBe(stream);
  });
});

describe('holding', () => {
  test.each([
    ['the start', START, 'held'],
    ['an empty block and pings', START + blockStart(0) + PING, 'held'],
    ['the first words', START + blockStart(0) + words(0, 'a'), 'open'],
    ['a call of a tool', START + blockStart(0, { type: 'tool_use', id: 'a', name: 'b', input: {} }), 'open'],
    ['a stop reason', START + messageDelta(), 'open'],
  ])('after %s it is %s', (_, stream, state) => {
    const { state: reached, output } = relay(guard(), [stream], false);
    expect(reached).toBe(state);
    expect(output === '').toBe(state === 'held');
  });

  test('wire case 116: an error event before the content is a failure without output', () => {
    const stream = guard();
    expect(relay(stream, [START + blockStart(0) + PING + ERROR])).toEqual({
      output: '',
      state: 'failed',
      fault: 'error_event',
    });
    expect(stream.fault?.upstream).toMatchObject({ type: 'overloaded_error', message: 'Overloaded' });
  });

  test('wire case 116: an error event after the content fails the stream', () => {
    const begun = START + blockStart(0) + words(0, 'a');
    expect(relay(guard(), [begun + ERROR])).toEqual({ output: begun, state: 'failed', fault: 'error_event' });
  });

  test('wire case 115: a stream that ends without a stop reason was cut', () => {
    expect(relay(guard(), [START + blockStart(0) + words(0, 'a')])).toMatchObject({ fault: 'cut' });
    expect(relay(guard(), [START + blockStart(0) + words(0, 'a') + blockStop(0) + STOP])).toMatchObject({
      fault: 'cut',
    });
  });

  test('content without message_start is malformed', () => {
    expect(relay(guard(), [blockStart(0) + words(0, 'a')])).toMatchObject({ output: '', fault: 'malformed' });
  });
});

describe('repairs', () => {
  const whole = (...events: string[]): string => [START, blockStart(0), words(0, 'a'), ...events].join('');

  test('wire case 114: a second start of the same message is dropped', () => {
    const stream = START + START + STREAM.slice(START.length);
    expect(relay(guard(), [stream]).output).toBe(STREAM);
  });

  test('wire case 114: the start of another message is a fault', () => {
    const other = START.replace('msg_1', 'msg_2');
    expect(relay(guard(), [whole(other)])).toMatchObject({ state: 'failed', fault: 'malformed' });
  });

  test('wire case 131: nothing follows message_stop', () => {
    expect(relay(guard(), [STREAM + STOP + ERROR + 'data: [DONE]\n\n']).output).toBe(STREAM);
  });

  test('a missing message_stop is added, also in place of [DONE]', () => {
    const cutOff = whole(blockStop(0), messageDelta());
    expect(relay(guard(), [cutOff]).output).toBe(cutOff + STOP.replace('"type": ', '"type":'));
    expect(relay(guard(), [`${cutOff}data: [DONE]\n\n`])).toMatchObject({
      output: cutOff + STOP,
      state: 'complete',
    });
  });

  test('wire case 126: an event without a name gets one', () => {
    const stream = STREAM.replaceAll(/^event: (?!ping).*\n/gm, '');
    expect(relay(guard(), [stream]).output.match(/^event: .*$/gm)).toEqual(STREAM.match(/^event: .*$/gm));
  });

  test('wire case 127: a last message_delta without usage gets the known counts', () => {
    const bare = sse({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } });
    const { output } = relay(guard(), [whole(blockStop(0), bare, STOP)]);
    expect(output).toContain('"usage":{"output_tokens":1}');
  });

  test('wire case 48: a start without usage gets the estimate', () => {
    const bare = sse({ type: 'message_start', message: { id: 'msg_1', model: 'm', content: [] } });
    const { output } = relay(guard(), [STREAM.replace(START, bare)]);
    expect(output).toContain('"usage":{"input_tokens":9,"output_tokens":0}');
  });

  test('wire case 128: an index that is used twice is replaced by the next one', () => {
    const stream = whole(
      blockStop(0),
      blockStart(0, { type: 'tool_use', id: 'a', name: 'b', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{}' }),
      blockStop(0),
      messageDelta('tool_use'),
      STOP,
    );
    expect(indexes(relay(guard(), [stream]).output)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('wire case 129: text after the stop of its block gets a new block, stray stops are dropped, open blocks are stopped', () => {
    const stream = whole(
      blockStop(4),
      blockStop(0),
      blockStop(0),
      words(0, 'late'),
      blockStart(1),
      messageDelta(),
      STOP,
    );
    const { output } = relay(guard(), [stream]);
    const late = blockStart(1) + words(1, 'late') + blockStop(1);
    expect(output).toBe(whole(blockStop(0), late, blockStart(2), blockStop(2), messageDelta(), STOP));
  });

  test('wire case 129: text of a block that never started starts one; arguments of such a call are a fault', () => {
    expect(relay(guard(), [START + words(0, 'kept') + messageDelta() + STOP])).toEqual({
      output: START + blockStart(0) + words(0, 'kept') + blockStop(0) + messageDelta() + STOP,
      state: 'complete',
      fault: null,
    });
    const piece = delta(4, { type: 'input_json_delta', partial_json: '{' });
    expect(relay(guard(), [whole(piece, blockStop(0), messageDelta(), STOP)])).toEqual({
      output: whole(),
      state: 'failed',
      fault: 'malformed',
    });
  });

  test('garbage after the stop reason does not affect the reply', () => {
    const { output, state } = relay(guard(), [whole(blockStop(0), messageDelta(), 'data: {"x\n\n')]);
    expect(state).toBe('complete');
    expect(output.endsWith(STOP)).toBe(true);
  });

  const indexes = (output: string): number[] =>
    [...output.matchAll(/"content_block_\w+","index":(\d+)/g)].map(([, index]) => Number(index));
});

describe('facts', () => {
  test('model, usage and signatures', () => {
    const stream = guard();
    relay(stream, [
      START,
      blockStart(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      blockStop(0),
      blockStart(1, { type: 'redacted_thinking', data: 'red' }),
      blockStop(1),
      messageDelta(),
      STOP,
    ]);
    expect(stream.model).toBe('claude-x');
    expect(stream.signatures).toEqual(['sig', 'red']);
    // wire cases 49, 50: cumulative, including the cached prompt.
    expect(stream.usage).toMatchObject({ inputTokens: 15, outputTokens: 7, cachedInputTokens: 4 });
  });
});
