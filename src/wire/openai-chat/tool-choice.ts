import { enterOrSkip, JsonCursor } from '../json/cursor.ts';
import type { BodyPatch } from '../json/patch.ts';
import type { JsonField } from '../json/scan.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import type { ToolChoiceWish } from '../chat/tools/tool-choice.ts';

/** Reads the `tool_choice` of a client's body; null if it is absent or not one that names tools or a mode. */
export function readWish(choice: unknown): ToolChoiceWish | null {
  if (choice === 'none' || choice === 'auto' || choice === 'required') return { mode: choice, names: null };
  if (!isJsonObject(choice)) return null;
  if (choice['type'] === 'allowed_tools' && isJsonObject(choice['allowed_tools'])) {
    const { mode, tools } = choice['allowed_tools'];
    const names = Array.isArray(tools) ? tools.map(functionName) : [];
    if ((mode !== 'auto' && mode !== 'required') || names.length === 0) return null;
    return { mode, names: new Set(names.filter((name) => name !== null)) };
  }
  const name = functionName(choice);
  return name === null ? null : { mode: 'required', names: new Set([name]) };
}

/** The names in a list of tools of a body, in order; null for an element without a name. Throws a `JsonScanError`. */
export function toolNames(body: Buffer, list: JsonField): readonly (string | null)[] {
  return elementsOf(body, list).map(({ name }) => name);
}

/**
 * Removes the tools with other names from the list in a body, by byte offset: the remaining ones stay as they are, and
 * other edits of them are possible. Throws a `JsonScanError`.
 */
export function keepTools(body: Buffer, list: JsonField, names: ReadonlySet<string>, patch: BodyPatch): void {
  const elements = elementsOf(body, list);
  const kept = elements.filter(({ name }) => name !== null && names.has(name));
  if (kept.length === elements.length) return;
  // After the opening bracket.
  let end = body.indexOf(0x5b, list.valueStart) + 1;
  for (const [index, element] of kept.entries()) {
    if (index === 0) patch.replace(end, element.start, '');
    else if (body.toString('latin1', end, element.start).trim() !== ',')
      patch.replace(end, element.start, ',');
    ({ end } = element);
  }
  patch.replace(end, list.valueEnd - 1, '');
}

interface ToolElement {
  readonly name: string | null;
  readonly start: number;
  readonly end: number;
}

function elementsOf(body: Buffer, list: JsonField): readonly ToolElement[] {
  const elements: ToolElement[] = [];
  const cursor = new JsonCursor(body, list.valueStart);
  if (!cursor.enter('array')) return elements;
  while (cursor.nextElement()) {
    cursor.peek();
    const start = cursor.position;
    const name = readName(cursor, true);
    elements.push({ name, start, end: cursor.position });
  }
  return elements;
}

/** The name of the tool at the cursor, which is in its `function`. */
function readName(cursor: JsonCursor, isOuter: boolean): string | null {
  let name: string | null = null;
  if (!enterOrSkip(cursor, 'object')) return name;
  while (cursor.nextKey()) {
    if (isOuter && cursor.stringIs('function')) name = readName(cursor, false) ?? name;
    else if (!isOuter && cursor.stringIs('name') && cursor.passString()) name = cursor.string();
    else cursor.skipValue();
  }
  return name;
}

function functionName(choice: unknown): string | null {
  if (!isJsonObject(choice) || choice['type'] !== 'function' || !isJsonObject(choice['function']))
    return null;
  return filledString(choice['function']['name']);
}
