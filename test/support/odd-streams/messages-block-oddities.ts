import {
  blockDelta,
  blockStart,
  blockStop,
  ownerOf,
  type BlockType,
  type MessagesDraft,
  type MessagesEvent,
} from './messages-draft.ts';
import { ANY, odd, type Oddity } from './oddity.ts';
import type { Needs } from './script.ts';

type BlockOddity = Oddity<MessagesDraft>;

const NEEDS: Readonly<Record<BlockType, Needs>> = {
  thinking: { thinking: 2 },
  text: { text: 2 },
  tool_use: { calls: 1 },
};
const TYPES = ['text', 'thinking', 'tool_use'] as const;
const KEYS = { thinking: 'thinking', text: 'text', tool_use: 'partial_json' } as const;
const DELTA_TYPES = {
  thinking: 'thinking_delta',
  text: 'text_delta',
  tool_use: 'input_json_delta',
} as const;

/** One oddity for each type of block. */
function ofEachType(
  name: (type: string) => string,
  draft: (draft: MessagesDraft, start: MessagesEvent, type: BlockType, turn: number) => void,
): BlockOddity[] {
  return TYPES.map((type) =>
    odd(name(type), NEEDS[type], (stream: MessagesDraft, turn) => {
      const starts = stream.starts(type);
      const start = starts[turn % Math.max(1, starts.length)];
      if (start !== undefined) draft(stream, start, type, turn);
    }),
  );
}

/** Moves the content of the first `pieces` deltas into the block's start; null: of all deltas. */
function intoStart(draft: MessagesDraft, start: MessagesEvent, type: BlockType, pieces: number | null): void {
  const told = draft.deltas(start).filter(({ delta }) => typeof delta?.[KEYS[type]] === 'string');
  const moved = told.slice(0, pieces ?? told.length);
  const text = moved.map(({ delta }) => delta![KEYS[type]]).join('');
  if (type === 'tool_use') {
    try {
      start.content_block!['input'] = JSON.parse(text) as unknown;
    } catch {
      return;
    }
  } else start.content_block![KEYS[type]] = text;
  draft.remove(moved);
}

const STARTS: readonly BlockOddity[] = [
  ...ofEachType(
    (type) => `${type} whole in content_block_start`,
    (draft, start, type) => {
      intoStart(draft, start, type, null);
    },
  ),
  ...ofEachType(
    (type) => `first piece of ${type} in content_block_start`,
    (draft, start, type) => {
      intoStart(draft, start, type, 1);
    },
  ),
  odd('input in content_block_start and in deltas', NEEDS.tool_use, (draft) => {
    for (const start of draft.starts('tool_use')) {
      const text = draft.deltas(start).map(({ delta }) => delta?.['partial_json']);
      try {
        start.content_block!['input'] = JSON.parse(text.join('')) as unknown;
      } catch {
        // Input that was cut is not JSON.
      }
    }
  }),
  ...ofEachType(
    (type) => `content_block_start of ${type} without its content key`,
    (_draft, start, type, turn) => {
      const key = type === 'tool_use' ? 'input' : KEYS[type];
      if (turn % 2 === 0) delete start.content_block![key];
      else start.content_block![key] = null;
    },
  ),
  odd('tool without input', NEEDS.tool_use, (draft, turn) => {
    const [start] = draft.starts('tool_use').slice(-1);
    draft.remove(draft.deltas(start));
    if (turn % 2 === 0) delete start?.content_block!['input'];
  }),
  odd('tool without an id', NEEDS.tool_use, (draft, turn) => {
    for (const { content_block: block } of draft.starts('tool_use')) {
      if (turn % 2 === 0) delete block!['id'];
      else block!['id'] = '';
    }
  }),
  odd('one id for all tools', { calls: 2 }, (draft) => {
    for (const { content_block: block } of draft.starts('tool_use')) block!['id'] = 'up_same';
  }),
  odd('tool without a name', NEEDS.tool_use, (draft) => {
    for (const { content_block: block } of draft.starts('tool_use').slice(-1)) delete block!['name'];
  }),
  odd('content_block_start without a block', NEEDS.text, (draft, turn) => {
    const starts = draft.starts();
    delete starts[turn % Math.max(1, starts.length)]?.content_block;
  }),
];

const INDEXES: readonly BlockOddity[] = [
  odd('block indexes from 1 or with gaps', NEEDS.text, (draft, turn) => {
    for (const event of draft.parsed) {
      const owner = ownerOf(event);
      if (owner !== null) event.index = turn % 2 === 0 ? owner + 1 : owner * 2;
    }
  }),
  odd('all blocks at index 0', { text: 1, calls: 1 }, (draft) => {
    for (const event of draft.parsed) if (ownerOf(event) !== null) event.index = 0;
  }),
  odd('no indexes', NEEDS.text, (draft) => {
    for (const event of draft.parsed) delete event.index;
  }),
  odd('deltas without an index', NEEDS.text, (draft) => {
    for (const event of draft.ofType('content_block_delta')) delete event.index;
  }),
  odd('starts without an index', NEEDS.text, (draft) => {
    for (const event of draft.starts()) delete event.index;
  }),
  odd('stops without an index', NEEDS.text, (draft) => {
    for (const event of draft.ofType('content_block_stop')) delete event.index;
  }),
  odd('indexes as text', NEEDS.text, (draft) => {
    for (const event of draft.parsed) {
      if (ownerOf(event) !== null) event.index = String(event.index);
    }
  }),
];

const ORDER: readonly BlockOddity[] = [
  odd('blocks never stopped', NEEDS.text, (draft, turn) => {
    const stops = draft.ofType('content_block_stop');
    draft.remove(turn % 2 === 0 ? stops : stops.slice(-1));
  }),
  odd('block index used again without a stop', { text: 1, calls: 1 }, (draft) => {
    draft.remove(draft.ofType('content_block_stop'));
    for (const event of draft.parsed) if (ownerOf(event) !== null) event.index = 0;
  }),
  odd('block stopped twice', NEEDS.text, (draft, turn) => {
    const stops = draft.ofType('content_block_stop');
    const stop = stops[turn % Math.max(1, stops.length)];
    if (stop !== undefined) draft.insertNext(stop, { ...stop }, turn % 3);
  }),
  odd('stop of a block never started', ANY, (draft, turn) => {
    draft.insertBefore(blockStop(9), turn + 1);
  }),
  ...ofEachType(
    (type) => `${type} delta after its block’s stop`,
    (draft, start, type, turn) => {
      const last = draft.deltas(start).findLast(({ delta }) => delta?.['type'] === DELTA_TYPES[type]);
      afterStop(draft, start, last, turn);
    },
  ),
  ...ofEachType(
    (type) => `${type} block never started`,
    (draft, start) => {
      draft.remove([start]);
    },
  ),
  ...ofEachType(
    (type) => `${type} delta of an index never started`,
    (draft, _start, type, turn) => {
      const piece = type === 'tool_use' ? '{"lost":1}' : 'lost';
      draft.insertBefore(blockDelta(9, { type: DELTA_TYPES[type], [KEYS[type]]: piece }), turn + 1);
    },
  ),
  odd('two blocks interleaved', { text: 2, calls: 2 }, (draft, turn) => {
    const starts = draft.starts();
    const place = turn % Math.max(1, starts.length - 1);
    interleave(draft, starts[place], starts[place + 1]);
  }),
  odd('two tool blocks interleaved', { calls: 2 }, (draft) => {
    const [first, second] = draft.starts('tool_use');
    interleave(draft, first, second);
  }),
];

/** Moves a delta to after the stop of its block, at most into the next block. */
function afterStop(
  draft: MessagesDraft,
  start: MessagesEvent | undefined,
  delta: MessagesEvent | undefined,
  turn: number,
): void {
  const stop = draft.stopOf(start);
  if (delta === undefined || stop === undefined) return;
  draft.remove([delta]);
  const left = draft.finishPlace() - draft.items.indexOf(stop);
  draft.insertNext(stop, delta, Math.min(turn % 3, Math.max(0, left)));
}

/** Both blocks start, their deltas alternate, both stop. */
function interleave(
  draft: MessagesDraft,
  first: MessagesEvent | undefined,
  second: MessagesEvent | undefined,
): void {
  if (first === undefined || second === undefined) return;
  const [one, other] = [draft.deltas(first), draft.deltas(second)];
  const mixed: MessagesEvent[] = [first, second];
  for (let place = 0; place < Math.max(one.length, other.length); place += 1) {
    mixed.push(...one.slice(place, place + 1), ...other.slice(place, place + 1));
  }
  const stops = [draft.stopOf(first), draft.stopOf(second)].filter((stop) => stop !== undefined);
  const place = draft.items.indexOf(first);
  draft.remove([...mixed, ...stops]);
  draft.items.splice(place, 0, ...mixed, ...stops);
}

/** Puts a delta after the start of its block, with the index that the start has by now. */
function insertDelta(
  draft: MessagesDraft,
  start: MessagesEvent | undefined,
  delta: Record<string, unknown>,
): void {
  const owner = start === undefined ? null : ownerOf(start);
  if (start === undefined || owner === null) return;
  const { index: _, ...event } = blockDelta(owner, delta);
  draft.insertNext(start, start.index === undefined ? event : { ...event, index: start.index });
}

const DELTAS: readonly BlockOddity[] = [
  ...ofEachType(
    (type) => `empty ${type} deltas`,
    (draft, start, type) => {
      insertDelta(draft, start, { type: DELTA_TYPES[type], [KEYS[type]]: '' });
    },
  ),
  ...ofEachType(
    (type) => `text delta in a ${type} block`,
    (draft, start) => {
      insertDelta(draft, start, { type: 'text_delta', text: 'stray' });
    },
  ).slice(1),
  odd('thinking delta in a text block', NEEDS.text, (draft) => {
    const [start] = draft.starts('text');
    const delta = { type: 'thinking_delta', thinking: 'stray' };
    insertDelta(draft, start, delta);
  }),
  odd('unknown delta', NEEDS.text, (draft) => {
    const [start] = draft.starts();
    insertDelta(draft, start, { type: 'new_delta', note: 'x' });
  }),
  odd('citations', NEEDS.text, (draft) => {
    const [start] = draft.starts('text');
    const citation = { type: 'char_location', cited_text: 'c', document_index: 0 };
    insertDelta(draft, start, { type: 'citations_delta', citation });
  }),
  odd('signature in content_block_start, in pieces, twice or missing', NEEDS.thinking, (draft, turn) => {
    const [start] = draft.starts('thinking');
    const signature = draft.deltas(start).find(({ delta }) => delta?.['type'] === 'signature_delta');
    if (start === undefined || signature === undefined) return;
    const variant = turn % 4;
    if (variant < 2) start.content_block!['signature'] = variant === 0 ? 'up_signed' : 'up_early';
    if (variant === 0 || variant === 3) draft.remove([signature]);
    if (variant === 2) draft.insertNext(signature, { ...signature, delta: { ...signature.delta! } });
  }),
  odd('signature after its block’s stop', NEEDS.thinking, (draft, turn) => {
    const [start] = draft.starts('thinking');
    const signature = draft.deltas(start).find(({ delta }) => delta?.['type'] === 'signature_delta');
    afterStop(draft, start, signature, turn);
  }),
  odd('signature before its thinking', NEEDS.thinking, (draft) => {
    const [start] = draft.starts('thinking');
    const signature = draft.deltas(start).find(({ delta }) => delta?.['type'] === 'signature_delta');
    if (start === undefined || signature === undefined) return;
    draft.remove([signature]);
    draft.insertNext(start, signature);
  }),
];

/** Inserts a block between the others and shifts the indexes that follow. */
function insertBlock(draft: MessagesDraft, turn: number, block: Record<string, unknown>): void {
  const starts = draft.starts();
  const before = starts[turn % Math.max(1, starts.length)];
  const place = before === undefined ? draft.finishPlace() : draft.items.indexOf(before);
  const index = before === undefined ? 0 : ownerOf(before)!;
  for (const event of draft.parsed) {
    if ((ownerOf(event) ?? -1) >= index && typeof event.index === 'number') event.index += 1;
  }
  // Its owner is no block of the script, so other oddities leave it alone.
  const [start, stop] = [blockStart(100 + turn, block), blockStop(100 + turn)];
  draft.items.splice(place, 0, { ...start, index }, { ...stop, index });
}

const BLOCKS: readonly BlockOddity[] = [
  odd('redacted thinking', ANY, (draft, turn) => {
    insertBlock(draft, turn, { type: 'redacted_thinking', data: 'up_redacted' });
  }),
  odd('block of an unknown type', ANY, (draft, turn) => {
    const blocks = [
      { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'x' } },
      { type: 'new_block', text: 'unknown' },
    ];
    insertBlock(draft, turn, blocks[turn % 2]!);
  }),
  odd('empty block', ANY, (draft, turn) => {
    const empty = [
      { type: 'text', text: '' },
      { type: 'thinking', thinking: '', signature: '' },
    ];
    insertBlock(draft, turn, empty[turn % 2]!);
  }),
];

export const MESSAGES_BLOCK_ODDITIES: readonly BlockOddity[] = [
  ...STARTS,
  ...INDEXES,
  ...ORDER,
  ...DELTAS,
  ...BLOCKS,
];
