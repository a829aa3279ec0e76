import { streamedCalls, type Script } from './script.ts';

/** The choice or call an object belongs to, whatever happens to its index. `JSON.stringify` skips symbol keys. */
const OWNER = Symbol('owner');

export interface Entry {
  [OWNER]?: number;
  index?: unknown;
  id?: unknown;
  type?: unknown;
  function?: Record<string, unknown>;
  custom?: Record<string, unknown>;
  [key: string]: unknown;
}

export interface Delta {
  tool_calls?: Entry[];
  [key: string]: unknown;
}

export interface Choice {
  [OWNER]?: number;
  delta?: Delta | null;
  message?: Delta | null;
  finish_reason?: unknown;
  [key: string]: unknown;
}

export interface Chunk {
  choices?: Choice[] | null;
  [key: string]: unknown;
}

export const FINISH_WORDS = { length: 'length', filter: 'content_filter' } as const;
export const DONE = 'data: [DONE]\n\n';
const HEAD = { id: 'up_1', object: 'chat.completion.chunk', created: 1_700_000_001, model: 'up-model' };
const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

/** A chunk of one choice. */
export function chunkOf(delta: Delta, finish: string | null = null, index = 0): Chunk {
  return { ...HEAD, choices: [{ [OWNER]: index, index, delta, finish_reason: finish }] };
}

/** A chunk without choices. */
export function bareChunk(more: object): Chunk {
  return { ...HEAD, choices: [], ...more };
}

/** A stream of OpenAI's wire that can still be changed: chunks, and raw text of whole events. */
export class ChatDraft {
  items: (Chunk | string)[];

  constructor(script: Script) {
    this.items = soundItems(script);
  }

  get chunks(): Chunk[] {
    return this.items.filter((item) => typeof item !== 'string');
  }

  /** The choices of all chunks that belong to choice 0, or to another one. */
  choices(owner = 0): Choice[] {
    return this.chunks.flatMap(({ choices }) => choices ?? []).filter((choice) => ownerOf(choice) === owner);
  }

  /** The deltas of choice 0, under either key. */
  deltas(): Delta[] {
    return this.choices()
      .map((choice) => choice.delta ?? choice.message)
      .filter((delta) => delta !== null && delta !== undefined);
  }

  /** Those deltas of choice 0 that have a text. */
  textDeltas(): Delta[] {
    return this.deltas().filter(({ content }) => typeof content === 'string' && content !== '');
  }

  /** The deltas of all calls, or of one. */
  entries(call?: number): Entry[] {
    const entries = this.deltas().flatMap(({ tool_calls: calls }) => calls ?? []);
    return call === undefined ? entries : entries.filter((entry) => entry[OWNER] === call);
  }

  /** All entries but the first of each call. */
  laterEntries(): Entry[] {
    const seen = new Set<unknown>();
    return this.entries().filter((entry) => {
      const isLater = seen.has(entry[OWNER]);
      seen.add(entry[OWNER]);
      return isLater;
    });
  }

  /** The index of the item in which choice 0 finishes; of the end mark if it never does. */
  finishPlace(): number {
    const place = this.items.findIndex(
      (item) => typeof item !== 'string' && (item.choices ?? []).some(isFinish),
    );
    return place >= 0 ? place : Math.max(0, this.items.length - 1);
  }

  finishChoice(): Choice | undefined {
    return this.choices().find(isFinish);
  }

  /** Puts an item anywhere before the finish, the first place included. */
  insertBefore(item: Chunk | string, turn: number): void {
    this.items.splice(turn % (this.finishPlace() + 1), 0, item);
  }

  /** Puts an item anywhere after the finish, the last place included. */
  insertAfter(item: Chunk | string, turn: number): void {
    const first = Math.min(this.finishPlace() + 1, this.items.length);
    this.items.splice(first + (turn % (this.items.length - first + 1)), 0, item);
  }

  events(): string[] {
    return this.items.map((item) => (typeof item === 'string' ? item : `data: ${JSON.stringify(item)}\n\n`));
  }
}

/** The deltas of calls in one item. */
export function entriesIn(item: Chunk | string | undefined): Entry[] {
  if (item === undefined || typeof item === 'string') return [];
  return (item.choices ?? []).flatMap(({ delta, message }) => (delta ?? message)?.tool_calls ?? []);
}

export function ownerOf(part: Choice | Entry): number {
  return part[OWNER] ?? 0;
}

function isFinish(choice: Choice): boolean {
  const { finish_reason: finish } = choice;
  return ownerOf(choice) === 0 && typeof finish === 'string' && finish !== '';
}

function soundItems(script: Script): (Chunk | string)[] {
  const { thinking, text, refusal, finish, usage, choices } = script;
  const calls = streamedCalls(script);
  const words = calls.length > 0 ? 'tool_calls' : 'stop';
  const first: Chunk[] = [
    chunkOf({ role: 'assistant', content: '' }),
    ...thinking.map((piece) => chunkOf({ reasoning_content: piece })),
    ...text.map((piece) => chunkOf({ content: piece })),
    ...refusal.map((piece) => chunkOf({ refusal: piece })),
    ...calls.flatMap((call, index) => callChunks(call, index)),
    chunkOf({}, finish === 'natural' ? words : FINISH_WORDS[finish]),
  ];
  const second =
    choices === 2
      ? [
          chunkOf({ role: 'assistant', content: '' }, null, 1),
          chunkOf({ content: 'other' }, null, 1),
          chunkOf({}, 'stop', 1),
        ]
      : [];
  const mixed = second.length === 0 ? first : interleaved(first, second);
  return [...mixed, ...(usage ? [bareChunk({ usage: { ...USAGE } })] : []), DONE];
}

function interleaved<Item>(first: readonly Item[], second: readonly Item[]): Item[] {
  const mixed: Item[] = [];
  for (let place = 0; place < Math.max(first.length, second.length); place += 1) {
    mixed.push(...first.slice(place, place + 1), ...second.slice(place, place + 1));
  }
  return mixed;
}

function callChunks({ name, pieces, custom }: Script['calls'][number], index: number): Chunk[] {
  const kind = custom ? 'custom' : 'function';
  const key = custom ? 'input' : 'arguments';
  const opening: Entry = { index, id: `up_call_${index}`, type: kind, [kind]: { name, [key]: '' } };
  const entries: Entry[] = [opening, ...pieces.map((piece) => ({ index, [kind]: { [key]: piece } }))];
  return entries.map((entry) => chunkOf({ tool_calls: [{ ...entry, [OWNER]: index }] }));
}
