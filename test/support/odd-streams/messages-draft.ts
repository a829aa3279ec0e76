import { streamedCalls, type Script } from './script.ts';

/** The block an event belongs to, whatever happens to its index. */
const OWNER = Symbol('owner');
/** The name in the `event:` line if it is not the type; null for no such line. */
const NAME = Symbol('name');

export interface MessagesEvent {
  [OWNER]?: number;
  [NAME]?: string | null;
  type?: unknown;
  index?: unknown;
  message?: Record<string, unknown>;
  content_block?: Record<string, unknown>;
  delta?: Record<string, unknown>;
  usage?: unknown;
  [key: string]: unknown;
}

export type BlockType = 'thinking' | 'text' | 'tool_use';

const STOP_WORDS = { length: 'max_tokens', filter: 'refusal' } as const;

export function blockStart(index: number, block: Record<string, unknown>): MessagesEvent {
  return { [OWNER]: index, type: 'content_block_start', index, content_block: block };
}

export function blockDelta(index: number, delta: Record<string, unknown>): MessagesEvent {
  return { [OWNER]: index, type: 'content_block_delta', index, delta };
}

export function blockStop(index: number): MessagesEvent {
  return { [OWNER]: index, type: 'content_block_stop', index };
}

export function ownerOf(event: MessagesEvent): number | null {
  return event[OWNER] ?? null;
}

/** Sets the name in the `event:` line; null for no such line. */
export function setName(event: MessagesEvent, name: string | null): void {
  event[NAME] = name;
}

/** A Messages stream that can still be changed: events, and raw text of whole events. */
export class MessagesDraft {
  items: (MessagesEvent | string)[];

  constructor(script: Script) {
    this.items = soundItems(script);
  }

  get parsed(): MessagesEvent[] {
    return this.items.filter((item) => typeof item !== 'string');
  }

  ofType(type: string): MessagesEvent[] {
    return this.parsed.filter((event) => event.type === type);
  }

  /** The starts of all blocks of one type. */
  starts(type?: BlockType): MessagesEvent[] {
    const starts = this.ofType('content_block_start');
    return type === undefined ? starts : starts.filter((event) => event.content_block?.['type'] === type);
  }

  /** The events of one block. */
  block(owner: number | null): MessagesEvent[] {
    return owner === null ? [] : this.parsed.filter((event) => ownerOf(event) === owner);
  }

  /** The deltas of the block with this start. */
  deltas(start: MessagesEvent | undefined): MessagesEvent[] {
    if (start === undefined) return [];
    return this.block(ownerOf(start)).filter(({ type }) => type === 'content_block_delta');
  }

  stopOf(start: MessagesEvent | undefined): MessagesEvent | undefined {
    if (start === undefined) return undefined;
    return this.block(ownerOf(start)).find(({ type }) => type === 'content_block_stop');
  }

  remove(events: readonly (MessagesEvent | string | undefined)[]): void {
    this.items = this.items.filter((item) => !events.includes(item));
  }

  /** Puts an item `steps` items after another one; at the end if that is gone. */
  insertNext(place: MessagesEvent | undefined, item: MessagesEvent | string, steps = 0): void {
    const at = place === undefined ? -1 : this.items.indexOf(place);
    this.items.splice(at < 0 ? this.items.length : at + 1 + steps, 0, item);
  }

  /** The index of the item that holds the stop reason; of the last item if there is none. */
  finishPlace(): number {
    const place = this.items.findIndex((item) => typeof item !== 'string' && item.type === 'message_delta');
    return place >= 0 ? place : Math.max(0, this.items.length - 1);
  }

  finish(): MessagesEvent | undefined {
    return this.ofType('message_delta')[0];
  }

  /** Puts an item between the first event and the stop reason. */
  insertBefore(item: MessagesEvent | string, turn: number): void {
    this.items.splice(1 + (turn % Math.max(1, this.finishPlace())), 0, item);
  }

  /** Puts an item anywhere after the stop reason. */
  insertAfter(item: MessagesEvent | string, turn: number): void {
    const first = Math.min(this.finishPlace() + 1, this.items.length);
    this.items.splice(first + (turn % (this.items.length - first + 1)), 0, item);
  }

  events(): string[] {
    return this.items.map((item) => (typeof item === 'string' ? item : written(item)));
  }
}

function written(event: MessagesEvent): string {
  const name = event[NAME] === undefined ? event.type : event[NAME];
  const line = typeof name === 'string' ? `event: ${name}\n` : '';
  return `${line}data: ${JSON.stringify(event)}\n\n`;
}

function soundItems(script: Script): (MessagesEvent | string)[] {
  const { finish, usage } = script;
  const calls = streamedCalls(script);
  const blocks = [...wordBlocks(script), ...calls.map(callBlock)];
  const natural = calls.length > 0 ? 'tool_use' : 'end_turn';
  const reason = finish === 'natural' ? natural : STOP_WORDS[finish];
  const details = reason === 'refusal' ? { stop_details: { type: 'refusal', explanation: 'not that' } } : {};
  const counted = usage ? { input_tokens: 11, cache_read_input_tokens: 4, output_tokens: 1 } : null;
  const message = {
    id: 'up_1',
    type: 'message',
    role: 'assistant',
    model: 'up-model',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: counted ?? { input_tokens: 3, output_tokens: 0 },
  };
  return [
    { type: 'message_start', message },
    ...blocks.flatMap((block, index) => block(index)),
    {
      type: 'message_delta',
      delta: { stop_reason: reason, stop_sequence: null, ...details },
      usage: { output_tokens: 7 },
    },
    { type: 'message_stop' },
  ];
}

type BlockWriter = (index: number) => MessagesEvent[];

/** Thinking with its signature, and text; an empty list of words is no block. */
function wordBlocks({ thinking, text }: Script): BlockWriter[] {
  const thought: BlockWriter = (index) => [
    blockStart(index, { type: 'thinking', thinking: '', signature: '' }),
    ...thinking.map((piece) => blockDelta(index, { type: 'thinking_delta', thinking: piece })),
    blockDelta(index, { type: 'signature_delta', signature: 'up_signed' }),
    blockStop(index),
  ];
  const said: BlockWriter = (index) => [
    blockStart(index, { type: 'text', text: '' }),
    ...text.map((piece) => blockDelta(index, { type: 'text_delta', text: piece })),
    blockStop(index),
  ];
  return [...(thinking.length > 0 ? [thought] : []), ...(text.length > 0 ? [said] : [])];
}

function callBlock({ name, pieces }: Script['calls'][number]): BlockWriter {
  return (index) => [
    blockStart(index, { type: 'tool_use', id: `up_tool_${index}`, name, input: {} }),
    ...pieces.map((piece) => blockDelta(index, { type: 'input_json_delta', partial_json: piece })),
    blockStop(index),
  ];
}
