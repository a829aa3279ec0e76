import { restoreKeys, type ArgumentKeys } from '../chat/tools/argument-keys.ts';
import { enterOrSkip, JsonCursor } from '../json/cursor.ts';
import { BodyPatch } from '../json/patch.ts';
import { lastField, scanFields } from '../json/scan.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';

/** An event, and whether its bytes may pass as the upstream sent them. */
export interface OutgoingEvent {
  readonly event: JsonObject;
  readonly isOwn: boolean;
}

/**
 * Restores the client's property names in the calls of a stream of canonical events (wire case 72). The input of a call
 * with changed names is held until its block stops, since a name may be split between events.
 */
export class ArgumentRestorer {
  readonly #keys: ArgumentKeys;
  /** Calls with changed names, by the index of their block. */
  readonly #open = new Map<unknown, { readonly keys: ReadonlyMap<string, string>; json: string }>();

  constructor(keys: ArgumentKeys) {
    this.#keys = keys;
  }

  /** The events to send in place of one of the upstream's. */
  restore(event: JsonObject, isOwn: boolean): readonly OutgoingEvent[] {
    const { type, index } = event;
    if (type === 'content_block_start') return [this.#start(event, isOwn)];
    const call = this.#open.get(index);
    if (call === undefined) return [{ event, isOwn }];
    if (type === 'content_block_delta' && isJsonObject(event['delta'])) {
      const { partial_json: piece } = event['delta'];
      if (typeof piece !== 'string') return [{ event, isOwn }];
      call.json += piece;
      return [];
    }
    if (type !== 'content_block_stop') return [{ event, isOwn }];
    this.#open.delete(index);
    const stop = { event, isOwn };
    if (call.json === '') return [stop];
    const delta = { type: 'input_json_delta', partial_json: restoreKeys(call.json, call.keys) };
    return [{ event: { type: 'content_block_delta', index, delta }, isOwn: false }, stop];
  }

  /** Some servers send the whole input in the start event. */
  #start(event: JsonObject, isOwn: boolean): OutgoingEvent {
    const { index, content_block: block } = event;
    const keys = isJsonObject(block) && block['type'] === 'tool_use' ? this.#keysOf(block['name']) : null;
    if (keys === null || !isJsonObject(block)) return { event, isOwn };
    this.#open.set(index, { keys, json: '' });
    const { input } = block;
    if (!isJsonObject(input) || Object.keys(input).length === 0) return { event, isOwn };
    const names = Object.entries(input).map(([name, value]) => [keys.get(name) ?? name, value] as const);
    return {
      event: { ...event, content_block: { ...block, input: Object.fromEntries(names) } },
      isOwn: false,
    };
  }

  #keysOf(name: unknown): ReadonlyMap<string, string> | null {
    return typeof name === 'string' ? (this.#keys.get(name) ?? null) : null;
  }
}

/** Restores the client's property names in the calls of a whole reply (wire case 72); all other bytes pass. */
export function restoreArguments(body: Buffer, keys: ArgumentKeys): Buffer {
  const fields = scanFields(body);
  const content = lastField(fields, 'content');
  if (content === null) return body;
  const patch = new BodyPatch(body, fields);
  const cursor = new JsonCursor(body, content.valueStart);
  if (!cursor.enter('array')) return body;
  while (cursor.nextElement()) {
    if (enterOrSkip(cursor, 'object')) restoreBlock(cursor, keys, patch);
  }
  return Buffer.concat([patch.apply()].flat());
}

/** The name may come after the input. */
function restoreBlock(cursor: JsonCursor, keys: ArgumentKeys, patch: BodyPatch): void {
  let name = '';
  let input: { readonly start: number; readonly end: number } | null = null;
  while (cursor.nextKey()) {
    if (cursor.stringIs('name') && cursor.passString()) {
      name = cursor.string();
      continue;
    }
    const isInput = cursor.stringIs('input');
    cursor.peek();
    const start = cursor.position;
    cursor.skipValue();
    if (isInput) input = { start, end: cursor.position };
  }
  const changed = keys.get(name);
  if (input === null || changed === undefined) return;
  const json = cursor.bytes.toString('utf8', input.start, input.end);
  patch.replace(input.start, input.end, restoreKeys(json, changed));
}
