import type { JsonObject } from '../json/value.ts';

/** A kind of text within an output item: where it is, and the events that bring it. */
export interface PartKind {
  /** The `type` of the part. */
  readonly type: string;
  /** The `type` of its item. */
  readonly item: 'message' | 'reasoning';
  /** The list of the item that holds it, and the key of the events with the place in that list. */
  readonly list: 'content' | 'summary';
  readonly index: 'content_index' | 'summary_index';
  /** The key of the text in the part and in the `done` event. */
  readonly key: 'text' | 'refusal';
  /** The events `.added` and `.done` of the part, and `.delta` and `.done` of its text. */
  readonly partEvent: string;
  readonly textEvent: string;
}

const CONTENT = { list: 'content', index: 'content_index', partEvent: 'response.content_part' } as const;

/** The kinds of text by the `type` of their part. */
export const PART_KINDS: ReadonlyMap<unknown, PartKind> = new Map(
  (
    [
      { ...CONTENT, type: 'output_text', item: 'message', key: 'text', textEvent: 'response.output_text' },
      { ...CONTENT, type: 'refusal', item: 'message', key: 'refusal', textEvent: 'response.refusal' },
      {
        ...CONTENT,
        type: 'reasoning_text',
        item: 'reasoning',
        key: 'text',
        textEvent: 'response.reasoning_text',
      },
      {
        type: 'summary_text',
        item: 'reasoning',
        list: 'summary',
        index: 'summary_index',
        key: 'text',
        partEvent: 'response.reasoning_summary_part',
        textEvent: 'response.reasoning_summary_text',
      },
    ] satisfies PartKind[]
  ).map((kind) => [kind.type, kind]),
);

/** The kinds by the beginning of the events of their text. */
export const KINDS_BY_EVENT: ReadonlyMap<string, PartKind> = new Map(
  Array.from(PART_KINDS.values(), (kind) => [kind.textEvent, kind]),
);

/** A kind of call: the key of what the model wrote, and the events that bring it. */
export interface CallKind {
  /** The `type` of the item. */
  readonly type: string;
  readonly key: 'arguments' | 'input';
  readonly textEvent: string;
}

const CALLS: readonly CallKind[] = [
  { type: 'function_call', key: 'arguments', textEvent: 'response.function_call_arguments' },
  { type: 'custom_tool_call', key: 'input', textEvent: 'response.custom_tool_call_input' },
];

/** The kinds of calls of the client's own tools by the `type` of their item. */
export const CALL_KINDS: ReadonlyMap<unknown, CallKind> = new Map(CALLS.map((kind) => [kind.type, kind]));

/** The kinds of calls by the beginning of their events. */
export const CALLS_BY_EVENT: ReadonlyMap<string, CallKind> = new Map(
  CALLS.map((kind) => [kind.textEvent, kind]),
);

/** Separates the parts of a reasoning, which are paragraphs of their own. */
export const BETWEEN_THOUGHTS = '\n\n';

/** Text as a string: some servers send the arguments as an object. Empty if there is none. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

/** The parts in a list of an item, some servers' plain text among them. */
export function partsIn(item: JsonObject, list: PartKind['list']): readonly unknown[] {
  const value = item[list];
  if (typeof value === 'string') return value === '' ? [] : [{ type: plainType(item, list), text: value }];
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function plainType(item: JsonObject, list: PartKind['list']): string {
  if (list === 'summary') return 'summary_text';
  return item['type'] === 'reasoning' ? 'reasoning_text' : 'output_text';
}

/** The `type` of an item; one with a role and no type is a message (wire case 185). Empty if it has none. */
export function itemType({ type, role }: JsonObject): string {
  if (typeof type === 'string') return type;
  return typeof role === 'string' ? 'message' : '';
}
