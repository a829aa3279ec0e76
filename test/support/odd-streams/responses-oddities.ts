import { ANY, odd, oddIds, type Oddity } from './oddity.ts';
import type { ResponsesDraft, ResponsesEvent } from './responses-draft.ts';

type Draft = ResponsesDraft;

const pick = <Item>(items: readonly Item[], turn: number): Item | undefined =>
  items.length === 0 ? undefined : items[turn % items.length];

const without = (events: readonly ResponsesEvent[], ...keys: string[]): void => {
  for (const event of events) for (const key of keys) delete event[key];
};

/** Removes all events whose type ends so. */
const lacking = (name: string, suffix: string, needs = ANY): Oddity<Draft> =>
  odd(name, needs, (draft) => draft.remove(draft.ending(suffix)));

const outputOf = (draft: Draft): Record<string, unknown>[] =>
  (draft.last?.response?.['output'] ?? []) as Record<string, unknown>[];

/** Ways in which real servers of the Responses API deviate from it. */
export const RESPONSES_ODDITIES: readonly Oddity<Draft>[] = [
  odd('no sequence numbers', ANY, (draft) => without(draft.parsed, 'sequence_number')),
  odd('sequence numbers from 1', ANY, (draft) => {
    for (const event of draft.parsed) event['sequence_number'] = Number(event['sequence_number']) + 1;
  }),
  odd('one sequence number for all', ANY, (draft) => {
    for (const event of draft.parsed) event['sequence_number'] = 0;
  }),
  odd('no places of items', ANY, (draft) => without(draft.parsed, 'output_index')),
  odd('no places of parts', ANY, (draft) => without(draft.parsed, 'content_index', 'summary_index')),
  odd('no ids in the events of items', ANY, (draft) => without(draft.parsed, 'item_id')),
  oddIds('no ids of items', ANY, (draft) => {
    without(draft.parsed, 'item_id');
    for (const { item } of draft.parsed) if (item !== undefined) delete item['id'];
    for (const item of outputOf(draft)) delete item['id'];
  }),
  oddIds('no ids of calls', { calls: 1 }, (draft) => {
    for (const { item } of draft.parsed) if (item !== undefined) delete item['call_id'];
    for (const item of outputOf(draft)) delete item['call_id'];
  }),
  lacking('no response.created', 'response.created'),
  lacking('no response.in_progress', 'response.in_progress'),
  odd('response.created twice', ANY, (draft) => {
    const [first] = draft.parsed;
    if (first !== undefined) draft.insertNext(first, structuredClone(first));
  }),
  odd('no start at all', ANY, (draft) => draft.remove(draft.parsed.slice(0, 2))),
  lacking('no announcement of parts', 'part.added', { text: 1 }),
  odd('no announcement of messages', { text: 1 }, (draft) =>
    draft.remove(draft.ending('item.added').filter(({ item }) => item?.['type'] === 'message')),
  ),
  odd('no announcement of calls', { calls: 1 }, (draft) =>
    draft.remove(draft.ending('item.added').filter(({ item }) => item?.['type'] === 'function_call')),
  ),
  lacking('no end of texts', 'text.done'),
  lacking('no end of arguments', 'arguments.done', { calls: 1 }),
  lacking('no end of parts', 'part.done'),
  lacking('no end of items', 'item.done'),
  lacking('no deltas', '.delta'),
  odd('one delta missing but its text in the end', { text: 1 }, (draft) => {
    const deltas = draft.ending('text.delta');
    draft.remove(deltas.slice(-1));
  }),
  odd('announcements twice', ANY, (draft, turn) => {
    const event = pick(draft.ending('.added'), turn);
    if (event !== undefined) draft.insertNext(event, structuredClone(event));
  }),
  odd('ends twice', ANY, (draft, turn) => {
    const event = pick(
      draft.ending('.done').filter(({ type }) => !String(type).includes('item')),
      turn,
    );
    if (event !== undefined) draft.insertNext(event, structuredClone(event));
  }),
  odd('empty deltas', ANY, (draft, turn) => {
    const event = pick(draft.ending('.delta'), turn);
    if (event !== undefined) draft.insertNext(event, { ...event, delta: '' });
  }),
  odd('no output in the last event', ANY, (draft) => {
    if (draft.last?.response !== undefined) draft.last.response['output'] = [];
  }),
  odd('no response in the last event', { natural: true }, (draft) => {
    if (draft.last !== undefined) delete draft.last.response;
  }),
  odd('no status in the last event', { natural: true }, (draft) => {
    if (draft.last?.response !== undefined) delete draft.last.response['status'];
  }),
  odd('incomplete only as a status', ANY, (draft) => {
    if (draft.last !== undefined) draft.last.type = 'response.completed';
  }),
  odd('only the last event', ANY, (draft) => draft.remove(draft.parsed.slice(0, -1))),
  odd('items without a type', { text: 1 }, (draft) => {
    for (const { item } of draft.parsed) if (item?.['role'] === 'assistant') delete item['type'];
    for (const item of outputOf(draft)) if (item['role'] === 'assistant') delete item['type'];
  }),
  odd('content of the whole items as a string', { text: 1, natural: true }, (draft) => {
    for (const item of [...draft.ending('item.done').map(({ item: each }) => each), ...outputOf(draft)]) {
      const [part, ...others] = (item?.['content'] ?? []) as { type: string; text: string }[];
      if (part?.type === 'output_text' && others.length === 0 && item !== undefined)
        item['content'] = part.text;
    }
  }),
  odd('arguments as an object', { calls: 1, natural: true }, (draft) => {
    for (const event of draft.ending('item.done')) {
      const text = event.item?.['arguments'];
      try {
        if (typeof text === 'string' && JSON.stringify(JSON.parse(text)) === text)
          event.item!['arguments'] = JSON.parse(text);
      } catch {
        // Arguments that were cut off.
      }
    }
  }),
  odd('events of an unknown type', ANY, (draft, turn) => {
    const event = pick(draft.parsed.slice(0, -1), turn);
    draft.insertNext(event, { type: 'response.rate_limits.updated', limits: [] });
  }),
  odd('an item of an unknown type', ANY, (draft) => {
    const item = { type: 'web_search_call', id: 'up_ws', status: 'completed' };
    draft.insertNext(draft.parsed.at(-2), { type: 'response.output_item.added', item });
    draft.insertNext(draft.parsed.at(-2), { type: 'response.output_item.done', item });
    if (outputOf(draft).length > 0) outputOf(draft).push(item);
  }),
  odd('items whose events interleave', { text: 1, calls: 1 }, (draft) => {
    const ofCall = draft.parsed.filter(({ item, item_id: id }) => (item?.['id'] ?? id) === 'up_fc_0');
    const [added, ...others] = ofCall;
    const start = draft.ending('text.delta')[0];
    if (added === undefined || start === undefined) return;
    draft.remove(ofCall);
    draft.insertNext(start, added);
    for (const event of others.reverse()) draft.insertNext(pick(draft.parsed, -1) ?? added, event);
  }),
  odd('[DONE] after the end', ANY, (draft) => draft.insertNext(undefined, 'data: [DONE]\n\n')),
  odd('[DONE] before the end', ANY, (draft) => {
    const last = draft.last;
    draft.remove([last]);
    draft.insertNext(undefined, 'data: [DONE]\n\n');
    if (last !== undefined) draft.insertNext(undefined, last);
  }),
  odd('no end', ANY, (draft) => draft.remove([draft.last])),
  odd('an error instead of the end', ANY, (draft, turn) => {
    draft.remove([draft.last]);
    const error = { code: 'server_error', message: 'oops' };
    const forms: ResponsesEvent[] = [
      { type: 'error', ...error, param: null },
      { type: 'error', error },
      { type: 'response.failed', response: { id: 'up_1', status: 'failed', error } },
    ];
    draft.insertNext(undefined, forms[turn % forms.length]!);
  }),
  odd('text that goes on after the end of its item', { text: 1, natural: true }, (draft) => {
    const delta = draft.ending('output_text.delta')[0];
    const done = draft.ending('item.done').find(({ item }) => item?.['type'] === 'message');
    if (delta !== undefined && done !== undefined)
      draft.insertNext(done, { ...structuredClone(delta), delta: 'more' });
  }),
  odd('a garbled event', ANY, (draft, turn) => {
    draft.insertNext(pick(draft.parsed, turn), 'event: response.x\ndata: {"type":\n\n');
  }),
];
