import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamRelay } from '../../../src/wire/exchange.ts';
import { openExchange } from '../../../src/wire/open-exchange.ts';
import { readOpenAiChat } from '../../../src/wire/openai-chat/request.ts';
import {
  cut,
  cutPoints,
  dialect,
  DONE,
  eachByte,
  fixture,
  json,
  lineEnds,
  relay,
  target,
  withLineEnds,
} from '../../support/wire.ts';

const CLOCK = { now: () => 0, wall: () => 1_795_246_738_900 };

function open(includeUsage = false): StreamRelay {
  const options = includeUsage ? { stream_options: { include_usage: true } } : {};
  const request = readOpenAiChat(
    json({ max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hi' }], ...options }),
  );
  return openExchange(request, dialect({ wire: 'anthropic-messages' }), target(), CLOCK).stream();
}

const sse = (data: { type: string; [key: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const start = (id = 'msg_01'): string =>
  sse({
    type: 'message_start',
    message: {
      id,
      type: 'message',
      role: 'assistant',
      content: [],
      model: 'claude-x',
      usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 },
    },
  });
const block = (content: object): string =>
  sse({ type: 'content_block_start', index: 0, content_block: content });
const delta = (content: object): string => sse({ type: 'content_block_delta', index: 0, delta: content });
const text = (words: string): string => delta({ type: 'text_delta', text: words });
const finish = (stop: string | null, usage: object = { output_tokens: 7 }, more: object = {}): string =>
  sse({ type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null, ...more }, usage });
const PING = sse({ type: 'ping' });
const BLOCK = block({ type: 'text', text: '' });
const BLOCK_STOP = sse({ type: 'content_block_stop', index: 0 });
const STOP = sse({ type: 'message_stop' });

interface Chunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; delta: Record<string, unknown>; finish_reason: string | null }[];
  usage?: unknown;
}

function chunks(output: string): Chunk[] {
  const events = output.split('\n\n').slice(0, -1);
  return events
    .filter((event) => event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.slice(6)) as Chunk);
}

const deltas = (output: string): unknown[] =>
  chunks(output).flatMap((chunk) => chunk.choices.map((choice) => choice.delta));

describe('wire-formats 3.3: a Messages stream as chat chunks', () => {
  test('role first and once, text, finish, end mark; one id, time and model', () => {
    const stream = open();
    const result = relay(stream, [
      start(),
      PING,
      BLOCK,
      text('Hé'),
      text('llo'),
      BLOCK_STOP,
      finish('end_turn'),
      STOP,
    ]);
    expect(result).toMatchObject({ state: 'complete', fault: null });
    expect(deltas(result.output)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'Hé' },
      { content: 'llo' },
      {},
    ]);
    const all = chunks(result.output);
    expect(all.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, 'stop']);
    for (const chunk of all) {
      expect(chunk).toMatchObject({
        id: 'chatcmpl-01',
        object: 'chat.completion.chunk',
        created: 1_795_246_738,
        model: 'claude-x',
      });
      expect(chunk).not.toHaveProperty('usage');
    }
    expect(result.output.endsWith(`\n\n${DONE}`)).toBe(true);
    expect(result.output.split(DONE)).toHaveLength(2);
    expect(stream.model).toBe('claude-x');
  });

  test('wire cases 7, 45, 50: usage in a chunk of its own, only when asked for, null before', () => {
    const result = relay(open(true), [start(), BLOCK, text('a'), BLOCK_STOP, finish('max_tokens'), STOP]);
    const all = chunks(result.output);
    expect(all.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 15,
        completion_tokens: 7,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 5 },
      },
    });
    expect(all.slice(0, -1).map((chunk) => chunk.usage)).toEqual([null, null, null]);
    expect(all.at(-2)?.choices[0]?.finish_reason).toBe('length');
  });

  test('wire cases 49, 51: cumulative usage overwrites, null and absent counters keep their value', () => {
    const stream = open();
    relay(stream, [
      start(),
      text('a'),
      finish(null, { output_tokens: 4 }),
      finish('end_turn', { input_tokens: null, output_tokens: 7 }),
      STOP,
    ]);
    expect(stream.usage).toMatchObject({ inputTokens: 15, outputTokens: 7, cachedInputTokens: 5 });
  });

  test('wire case 51: a last delta that tells no output tokens does not unlearn those of the start', () => {
    const stream = open();
    relay(stream, [start(), text('a'), finish('end_turn', {}), STOP]);
    expect(stream.usage).toMatchObject({ inputTokens: 15, outputTokens: 1 });
  });

  test('thinking becomes reasoning_content', () => {
    const thinking = [
      block({ type: 'thinking', thinking: '' }),
      delta({ type: 'thinking_delta', thinking: 'hm' }),
      delta({ type: 'signature_delta', signature: 's' }),
      BLOCK_STOP,
    ];
    const { output } = relay(open(), [
      start(),
      ...thinking,
      BLOCK,
      text('a'),
      BLOCK_STOP,
      finish('end_turn'),
      STOP,
    ]);
    expect(deltas(output)).toEqual([expect.anything(), { reasoning_content: 'hm' }, { content: 'a' }, {}]);
  });

  test('wire case 120: unknown events, blocks and deltas are skipped', () => {
    const odd = [
      sse({ type: 'novelty' }),
      block({ type: 'server_tool_use', id: 'x' }),
      delta({ type: 'citations_delta', citation: {} }),
      sse({ type: 'content_block_delta', delta: null }),
    ];
    const { output, state } = relay(open(), [start(), ...odd, BLOCK, text('a'), finish('end_turn'), STOP]);
    expect(state).toBe('complete');
    expect(deltas(output)).toEqual([expect.anything(), { content: 'a' }, {}]);
  });

  test('wire case 112: a refusal in mid-stream tells its words and ends as content_filter', () => {
    const refused = finish('refusal', {}, { stop_details: { explanation: 'Not this.' } });
    const { output } = relay(open(), [start(), text('a'), refused, STOP]);
    expect(deltas(output).slice(2)).toEqual([{ refusal: 'Not this.' }, {}]);
    expect(chunks(output).at(-1)?.choices[0]?.finish_reason).toBe('content_filter');
  });

  test('wire case 39: an empty reply is a role and a finish', () => {
    const { output, state } = relay(open(), [start(), finish('end_turn'), STOP]);
    expect(state).toBe('complete');
    expect(deltas(output)).toEqual([{ role: 'assistant', content: '', refusal: null }, {}]);
  });
});

describe('commit and end', () => {
  test.each([
    ['message_start', start()],
    ['pings', start() + PING],
    ['an empty block', start() + BLOCK],
    ['an empty delta', start() + text('')],
    ['a signature', start() + delta({ type: 'signature_delta', signature: 's' })],
  ])('%s does not commit the target', (_name, bytes) => {
    expect(relay(open(), [bytes], false)).toEqual({ output: '', state: 'held', fault: null });
  });

  test('the first text does', () => {
    expect(relay(open(), [start(), text('a')], false)).toMatchObject({ state: 'open', fault: null });
    expect(relay(open(), [start(), block({ type: 'text', text: 'a' })], false).state).toBe('open');
  });

  test('wire case 115: a stream that ends without a stop reason is cut; none is invented', () => {
    const result = relay(open(), [start(), text('a')]);
    expect(result).toMatchObject({ state: 'failed', fault: 'cut' });
    expect(result.output).not.toContain('[DONE]');
    expect(chunks(result.output).every((chunk) => chunk.choices[0]?.finish_reason === null)).toBe(true);
    expect(relay(open(), [start(), text('a'), STOP]).fault).toBe('cut');
    expect(relay(open(), [start(), text('a'), text('b').slice(0, 50)]).fault).toBe('cut');
    expect(relay(open(), []).fault).toBe('cut');
  });

  test('a missing message_stop is made up for after a stop reason', () => {
    const result = relay(open(), [start(), text('a'), finish('end_turn')]);
    expect(result).toMatchObject({ state: 'complete', fault: null });
    expect(result.output.endsWith(DONE)).toBe(true);
  });

  test('a field that breaks off is a cut stream, and after a stop reason nothing at all', () => {
    expect(relay(open(), [start(), text('a'), 'even']).fault).toBe('cut');
    expect(relay(open(), [start(), text('a'), finish('end_turn'), 'even'])).toMatchObject({
      state: 'complete',
    });
  });

  test('what the upstream garbles after its stop reason is dropped, and the answer stands', () => {
    const whole = relay(open(), [start(), text('a'), finish('end_turn'), STOP]);
    expect(relay(open(), [start(), text('a'), finish('end_turn'), 'proxy error: Failed'])).toEqual(whole);
    expect(relay(open(), [start(), text('a'), finish('end_turn'), 'data: {broken\n\n'])).toEqual(whole);
  });

  test('nothing goes out after message_stop', () => {
    const whole = relay(open(), [start(), text('a'), finish('end_turn'), STOP]).output;
    expect(relay(open(), [start(), text('a'), finish('end_turn'), STOP + text('b'), text('c')]).output).toBe(
      whole,
    );
  });

  test('wire case 114: a repeated start of the same message is ignored, another one is malformed', () => {
    expect(
      deltas(relay(open(), [start(), start(), text('a'), finish('end_turn'), STOP]).output),
    ).toHaveLength(3);
    expect(relay(open(), [start(), text('a'), start('msg_02')]).fault).toBe('malformed');
  });

  test.each([
    ['text before message_start', text('a')],
    ['an end before message_start', finish('end_turn') + STOP],
    ['broken JSON', `${start()}event: ping\ndata: {"type":\n\n`],
    ['a JSON array', `${start()}data: []\n\n`],
    ['a raw line of text', `${start()}proxy error: Failed to read connection`],
    ['HTML', '<html></html>'],
  ])('%s is malformed', (_name, bytes) => {
    expect(relay(open(), [bytes])).toEqual({ output: '', state: 'failed', fault: 'malformed' });
  });

  test('wire case 116: an error event is a fault with its words, before and after the commit', () => {
    const overloaded = sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    const early = open();
    expect(relay(early, [start(), overloaded])).toEqual({
      output: '',
      state: 'failed',
      fault: 'error_event',
    });
    expect(early.fault?.upstream).toMatchObject({ type: 'overloaded_error', message: 'Overloaded' });
    const late = relay(open(), [start(), text('a'), overloaded]);
    expect(late).toMatchObject({ state: 'failed', fault: 'error_event' });
    expect(late.output).not.toMatch(/Overloaded|\[DONE\]/);
  });

  test('a JSON error where a stream should be is told as that error', () => {
    const body = '{"type":"error","error":{"type":"api_error","message":"boom"}}';
    expect(relay(open(), [body]).fault).toBe('error_event');
  });
});

test('wire cases 6, 7: any slicing with any mix of line ends gives the same chunks', () => {
  const parts = fc.array(
    fc.constantFrom(
      PING,
      text('日本 😀'),
      BLOCK,
      ': c\n\n',
      sse({ type: 'error', error: { message: 'x' } }),
      'data: {\n\n',
    ),
    { maxLength: 6 },
  );
  const endings = fc.constantFrom('', finish('end_turn') + STOP, finish('end_turn'), STOP);
  fc.assert(
    fc.property(parts, endings, lineEnds, cutPoints, (body, ending, ends, points) => {
      const bytes = Buffer.from(withLineEnds(start() + body.join('') + ending, ends));
      const whole = relay(open(true), [bytes]);
      expect(relay(open(true), cut(bytes, points))).toEqual(whole);
      expect(relay(open(true), eachByte(bytes))).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

test.each(['llamacpp/messages-stream.sse', 'ollama/messages-stream.sse'])(
  '%s, recorded from a real server, is translated whole',
  (path) => {
    const bytes = fixture(path);
    const stream = open(true);
    const result = relay(stream, eachByte(bytes));
    expect(result).toMatchObject({ state: 'complete', fault: null });
    const written = deltas(result.output).map((entry) => (entry as { content?: string }).content ?? '');
    const sent = Array.from(
      bytes.toString().matchAll(/"text_delta","text":("(?:[^"\\]|\\.)*")/g),
      (match) => JSON.parse(match[1]!) as string,
    );
    expect(sent.length).toBeGreaterThan(3);
    expect(written.join('')).toBe(sent.join(''));
    expect(stream.usage).toMatchObject({ inputTokens: 16, outputTokens: 12 });
  },
);
