import { chunkOf, entriesIn, ownerOf, type ChatDraft, type Chunk, type Entry } from './chat-draft.ts';
import { ANY, odd, oddIds, type Oddity } from './oddity.ts';

const ONE = { calls: 1 };
const TWO = { calls: 2 };

/** The object that holds name and arguments of a delta. */
function payload(entry: Entry): Record<string, unknown> {
  return entry.function ?? entry.custom ?? {};
}

function firstEntries(draft: ChatDraft): Entry[] {
  const later = new Set(draft.laterEntries());
  return draft.entries().filter((entry) => !later.has(entry));
}

function firstOf(draft: ChatDraft, entry: Entry): Entry {
  return draft.entries(ownerOf(entry))[0] ?? entry;
}

const hasCalls = (item: Chunk | string): item is Chunk => entriesIn(item).length > 0;

/** Reorders the chunks of calls among their own places. */
function reordered(draft: ChatDraft, order: (chunks: Chunk[]) => Chunk[]): void {
  const ordered = order(draft.items.filter(hasCalls));
  draft.items = draft.items.map((item) => (hasCalls(item) ? ordered.shift()! : item));
}

/** Round robin over the calls; the order within each call is kept. */
function byTurns(chunks: Chunk[]): Chunk[] {
  const ofCall = new Map<number, Chunk[]>();
  for (const chunk of chunks) {
    const owner = ownerOf(entriesIn(chunk)[0]!);
    ofCall.set(owner, [...(ofCall.get(owner) ?? []), chunk]);
  }
  const lists = [...ofCall.values()];
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) =>
    lists.flatMap((list) => list.slice(place, place + 1)),
  ).flat();
}

/** Merges the entries of each call (`wholeCalls`), or puts all entries into one delta (`oneDelta`). */
function gathered(draft: ChatDraft, wholeCalls: boolean, oneDelta: boolean): void {
  const place = draft.items.findIndex(hasCalls);
  if (place < 0) return;
  const entries = draft.entries();
  draft.items = draft.items.filter((item) => !hasCalls(item));
  const joined = wholeCalls ? whole(entries) : entries;
  const deltas = oneDelta ? [joined] : joined.map((entry) => [entry]);
  draft.items.splice(place, 0, ...deltas.map((calls) => chunkOf({ tool_calls: calls })));
}

function whole(entries: readonly Entry[]): Entry[] {
  const calls = new Map<number, Entry>();
  for (const entry of entries) {
    const known = calls.get(ownerOf(entry));
    const key = entry.custom === undefined ? 'arguments' : 'input';
    if (known === undefined) calls.set(ownerOf(entry), entry);
    else payload(known)[key] = `${String(payload(known)[key])}${String(payload(entry)[key])}`;
  }
  return [...calls.values()];
}

function nameInPieces(draft: ChatDraft): void {
  for (const first of firstEntries(draft)) {
    const name = String(payload(first)['name']);
    const next = draft.entries(ownerOf(first))[1];
    if (next === undefined) continue;
    payload(first)['name'] = name.slice(0, 2);
    delete payload(first)['arguments'];
    payload(next)['name'] = name.slice(2);
  }
}

/** The first call as `function_call`, the API before tools: one call, without an id. */
function legacy(draft: ChatDraft): void {
  for (const item of draft.items.filter(hasCalls)) {
    for (const { delta } of item.choices ?? []) {
      const [entry] = delta?.tool_calls ?? [];
      if (delta === null || delta === undefined || entry?.function === undefined) continue;
      delete delta.tool_calls;
      if (ownerOf(entry) === 0) delta['function_call'] = entry.function;
    }
  }
  const finish = draft.finishChoice();
  if (finish?.finish_reason === 'tool_calls') finish.finish_reason = 'function_call';
}

const INDEXES: readonly Oddity<ChatDraft>[] = [
  odd('calls without an index', ONE, (draft) => {
    for (const entry of draft.entries()) delete entry.index;
  }),
  odd('call indexes from 1 or with gaps', ONE, (draft, turn) => {
    for (const entry of draft.entries())
      entry.index = turn % 2 === 0 ? ownerOf(entry) + 1 : ownerOf(entry) * 3;
  }),
  odd('all calls at index 0', TWO, (draft) => {
    for (const entry of draft.entries()) entry.index = 0;
  }),
  odd('calls interleaved', TWO, (draft) => {
    reordered(draft, byTurns);
  }),
  odd('each call in one delta', ONE, (draft) => {
    gathered(draft, true, false);
  }),
  odd('all calls in one delta', TWO, (draft, turn) => {
    gathered(draft, turn % 2 === 0, true);
  }),
  odd('text between calls', TWO, (draft, turn) => {
    const places = draft.items.flatMap((item, place) => (hasCalls(item) ? [place] : []));
    draft.items.splice(places[turn % places.length] ?? 0, 0, chunkOf({ content: 'between' }));
  }),
  odd('text after calls', ONE, (draft) => {
    draft.items.splice(draft.finishPlace(), 0, chunkOf({ content: 'after' }));
  }),
];

const IDS: readonly Oddity<ChatDraft>[] = [
  odd('call id in every delta', ONE, (draft) => {
    for (const entry of draft.laterEntries()) entry.id = firstOf(draft, entry).id;
  }),
  odd('call id missing, null or empty', TWO, (draft, turn) => {
    for (const entry of firstEntries(draft)) {
      if (turn % 3 === 0) delete entry.id;
      else entry.id = turn % 3 === 1 ? null : '';
    }
  }),
  odd('another call id in every delta', ONE, (draft) => {
    draft.laterEntries().forEach((entry, place) => (entry.id = `up_later_${place}`));
  }),
  odd('call id empty in later deltas', ONE, (draft) => {
    for (const entry of draft.laterEntries()) entry.id = '';
  }),
  odd('call id late', ONE, (draft) => {
    for (const first of firstEntries(draft)) {
      const next = draft.entries(ownerOf(first))[1];
      if (next === undefined) continue;
      next.id = first.id;
      delete first.id;
    }
  }),
  oddIds('one id for all calls', TWO, (draft) => {
    for (const entry of firstEntries(draft)) entry.id = 'up_same';
  }),
  odd('call type missing, null or in every delta', ONE, (draft, turn) => {
    for (const entry of draft.entries()) {
      if (turn % 3 === 0) delete entry.type;
      else entry.type = turn % 3 === 1 ? null : entry.custom === undefined ? 'function' : 'custom';
    }
  }),
];

const NAMES: readonly Oddity<ChatDraft>[] = [
  odd('call name in every delta', ONE, (draft) => {
    for (const entry of draft.laterEntries()) payload(entry)['name'] = payload(firstOf(draft, entry))['name'];
  }),
  odd('call name null or empty in later deltas', ONE, (draft, turn) => {
    for (const entry of draft.laterEntries()) payload(entry)['name'] = turn % 2 === 0 ? null : '';
  }),
  odd('call name in pieces', ONE, nameInPieces),
  odd('call name after the first arguments', ONE, (draft) => {
    for (const first of firstEntries(draft)) {
      const next = draft.entries(ownerOf(first))[1];
      if (next === undefined) continue;
      payload(next)['name'] = payload(first)['name'];
      delete payload(first)['name'];
    }
  }),
  odd('call without a name', ONE, (draft) => {
    for (const entry of firstEntries(draft).slice(-1)) delete payload(entry)['name'];
  }),
];

const ARGUMENTS: readonly Oddity<ChatDraft>[] = [
  odd('arguments as an object', { calls: 1 }, (draft) => {
    gathered(draft, true, false);
    for (const { function: called } of draft.entries()) {
      try {
        if (called !== undefined) called['arguments'] = JSON.parse(String(called['arguments']));
      } catch {
        // Arguments that were cut are not JSON.
      }
    }
  }),
  odd('no arguments', ONE, (draft, turn) => {
    const first = new Set(firstEntries(draft));
    for (const item of draft.items.filter(hasCalls)) {
      const [entry] = entriesIn(item);
      if (entry === undefined || !first.has(entry))
        draft.items = draft.items.filter((other) => other !== item);
      else if (turn % 3 === 0) delete payload(entry)['arguments'];
      else if (turn % 3 === 1) payload(entry)['arguments'] = null;
    }
  }),
  odd('empty arguments between', ONE, (draft, turn) => {
    const entry = firstEntries(draft)[turn % 2];
    const place = draft.items.findIndex((item) => entry !== undefined && entriesIn(item).includes(entry));
    if (entry === undefined || place < 0) return;
    const index = entry.index === undefined ? {} : { index: entry.index };
    draft.items.splice(place + 1, 0, chunkOf({ tool_calls: [{ ...index, function: { arguments: '' } }] }));
  }),
  odd('tool_calls null or empty', ANY, (draft, turn) => {
    const none = (turn % 2 === 0 ? null : []) as unknown as Entry[];
    for (const delta of draft.deltas()) delta.tool_calls ??= none;
  }),
  {
    name: 'a call without its list',
    needs: ONE,
    sharedIds: false,
    events: (events) => events.map((text) => text.replace(/"tool_calls":\[(\{[^[\]]*\})\]/, withoutList)),
  },
  odd('custom tool call', { customCalls: 1 }, () => undefined),
  odd('legacy function_call', ONE, legacy),
  odd('legacy function_call with its name in every delta', ONE, (draft) => {
    for (const entry of draft.laterEntries()) payload(entry)['name'] = payload(firstOf(draft, entry))['name'];
    legacy(draft);
  }),
];

/** Only where the list holds one call. */
function withoutList(text: string, call: string): string {
  try {
    JSON.parse(call);
    return `"tool_calls":${call}`;
  } catch {
    return text;
  }
}

export const CALL_ODDITIES: readonly Oddity<ChatDraft>[] = [...INDEXES, ...IDS, ...NAMES, ...ARGUMENTS];
