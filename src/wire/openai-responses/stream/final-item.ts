import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { CALL_KINDS, partsIn, PART_KINDS } from '../output-parts.ts';
import type { GrowingItem, GrowingPart } from './growing-items.ts';

const LISTS = ['content', 'summary'] as const;
/** Keys of parts that the API requires. */
const REQUIRED: Readonly<Record<string, JsonObject>> = { output_text: { annotations: [] } };

/**
 * The whole item with what its events have brought, which clients have already; `given` is the server's whole item,
 * returned unchanged where it agrees. null: the server sent none.
 */
export function finalItem(grown: GrowingItem, given: JsonObject | null): JsonObject {
  const item = given ?? { ...grown.opening, status: 'completed' };
  let final = item['id'] === grown.id ? item : { ...item, id: grown.id };
  if (final['type'] !== grown.type) final = { ...final, type: grown.type };
  if (final['status'] === 'in_progress') final = { ...final, status: 'completed' };
  const call = CALL_KINDS.get(grown.type);
  if (call !== undefined) return finalCall(final, call.key, grown);
  for (const list of LISTS) {
    const parts = grown.parts[list];
    const own = partsIn(final, list);
    const isOptional = final[list] === undefined && parts.length === 0;
    if (isOptional || (Array.isArray(final[list]) && agrees(own, parts))) continue;
    final = { ...final, [list]: parts.map((part, place) => finalPart(part, own[place])) };
  }
  return final;
}

function finalCall(item: JsonObject, key: 'arguments' | 'input', grown: GrowingItem): JsonObject {
  const opening = grown.opening ?? {};
  const { call_id: callId, name } = opening;
  if (item[key] === grown.text && item['call_id'] === callId && item['name'] === name) return item;
  return { ...item, call_id: callId, name, [key]: grown.text };
}

function agrees(own: readonly unknown[], parts: readonly GrowingPart[]): boolean {
  return own.length === parts.length && parts.every((part, place) => isSame(part, own[place]));
}

function isSame({ kind, text }: GrowingPart, own: unknown): boolean {
  if (!isJsonObject(own)) return false;
  return kind === null ? !PART_KINDS.has(own['type']) : own['type'] === kind.type && own[kind.key] === text;
}

/** The server's part with the text that clients have. */
function finalPart(part: GrowingPart, own: unknown): unknown {
  const { kind, text } = part;
  if (kind === null || isSame(part, own)) return own;
  const same = isJsonObject(own) && own['type'] === kind.type ? own : REQUIRED[kind.type];
  return { ...same, type: kind.type, [kind.key]: text };
}
