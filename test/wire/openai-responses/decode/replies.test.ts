import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { replyEvents } from '../../../../src/wire/chat/reply-events.ts';
import { responsesCodec } from '../../../../src/wire/openai-responses/codec.ts';
import {
  callItem,
  customItem,
  eventValues,
  reasoningItem,
  refusalItem,
  response,
  streamOf,
  textItem,
  type FakeItem,
} from '../../../support/responses-events.ts';
import { dataIn, json } from '../../../support/wire.ts';

/** A whole reply in neutral terms. */
const whole = (items: readonly object[], changes = {}) =>
  responsesCodec.decodeReply(json(response(items, changes)), null);

/** The neutral events of a stream, with consecutive deltas of one kind joined. */
function streamed(text: string): StreamEvent[] {
  const decoder = responsesCodec.openDecoder(null);
  const joined: StreamEvent[] = [];
  for (const event of dataIn([text]).flatMap((data) => decoder.read(data))) {
    const last = joined.at(-1);
    if (last?.type === event.type && 'text' in event && 'text' in last)
      joined.splice(-1, 1, { ...event, text: last.text + event.text });
    else if (last?.type === 'tool-call-delta' && event.type === 'tool-call-delta')
      joined.splice(-1, 1, { ...event, arguments: last.arguments + event.arguments });
    else joined.push(event);
  }
  return joined;
}

const ITEMS: FakeItem[] = [
  reasoningItem(['First.', 'Second.']),
  textItem('Grüße'),
  callItem('look', '{"at":"Rome"}'),
  customItem('patch', '*** "x"\n'),
];

describe('a reply', () => {
  test('whole', () => {
    expect(whole(ITEMS)).toEqual({
      id: 'resp_1',
      model: 'm-1',
      parts: [
        { type: 'thinking', text: 'First.\n\nSecond.', signature: 'gAAA_1' },
        { type: 'text', text: 'Grüße' },
        { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":"Rome"}' },
        { type: 'tool-call', id: 'call_c', name: 'patch', arguments: '{"input":"*** \\"x\\"\\n"}' },
      ],
      refusal: null,
      finish: 'tool-calls',
      stopSequence: null,
      usage: {
        inputTokens: 11,
        outputTokens: 7,
        cachedInputTokens: 4,
        cacheWriteTokens: 2,
        reasoningTokens: 3,
      },
    });
  });

  test('streamed says the same as whole', () => {
    for (const items of [ITEMS, [textItem('a')], [refusalItem('no')], [reasoningItem([])], []]) {
      const [, ...expected] = replyEvents(whole(items));
      const [start, ...events] = streamed(streamOf(items));
      expect(start).toEqual({ type: 'reply-start', id: 'resp_1', model: 'm-1', usage: null });
      expect(events).toEqual(expected);
    }
  });

  test('wire case 183: a reply that was cut, by the limit or by a filter', () => {
    for (const [reason, finish] of [
      ['max_output_tokens', 'length'],
      ['content_filter', 'content-filter'],
      ['something_new', 'length'],
    ] as const) {
      const changes = { status: 'incomplete', incomplete_details: { reason } };
      expect(whole([textItem('a')], changes).finish).toBe(finish);
      expect(streamed(streamOf([textItem('a')], changes)).at(-1)).toMatchObject({ reason: finish });
    }
  });

  test('reasoning of open weights is its content', () => {
    const item = {
      ...reasoningItem([], null),
      content: [{ type: 'reasoning_text', text: 'Hm.' }],
    };
    expect(whole([item]).parts).toEqual([{ type: 'thinking', text: 'Hm.', signature: null }]);
    expect(streamed(streamOf([item]))[1]).toEqual({ type: 'thinking-delta', text: 'Hm.' });
  });

  test('items of hosted tools are skipped', () => {
    const search: FakeItem = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
    expect(whole([search, textItem('a')]).parts).toEqual([{ type: 'text', text: 'a' }]);
    expect(streamed(streamOf([search, textItem('a')])).map(({ type }) => type)).toEqual([
      'reply-start',
      'text-delta',
      'reply-finish',
    ]);
  });

  test('wire case 61: a call without arguments has an empty object', () => {
    expect(whole([callItem('look', '')]).parts).toMatchObject([{ arguments: '{}' }]);
    expect(streamed(streamOf([callItem('look', '')]))[2]).toEqual({
      type: 'tool-call-delta',
      arguments: '{}',
    });
  });

  test('wire case 72: the client’s names of tools come back', () => {
    const notes = { toolNames: new Map([['look_1', 'mcp.look']]) };
    const items = [callItem('look_1', '{}')];
    expect(responsesCodec.decodeReply(json(response(items)), notes).parts).toMatchObject([
      { name: 'mcp.look' },
    ]);
    const decoder = responsesCodec.openDecoder(notes);
    const events = dataIn([streamOf(items)]).flatMap((data) => decoder.read(data));
    expect(events[1]).toMatchObject({ type: 'tool-call-start', name: 'mcp.look' });
  });

  test('calls whose events interleave come one after the other', () => {
    const [first, second] = [callItem('look', '{"a":1}'), callItem('find', '{"b":2}', 'fc_2', 'call_2')];
    const values = eventValues([first, second]) as Record<string, unknown>[];
    const ofSecond = values.filter(({ output_index: at }) => at === 1);
    const mixed = values.filter((value) => !ofSecond.includes(value));
    mixed.splice(4, 0, ...ofSecond.slice(0, 3));
    mixed.splice(-1, 0, ...ofSecond.slice(3));
    const text = mixed.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');
    expect(streamed(text).slice(1, -1)).toEqual(replyEvents(whole([first, second])).slice(1, -1));
  });
});
