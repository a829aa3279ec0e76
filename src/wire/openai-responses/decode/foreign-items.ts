import { invalidField, unsupportedField } from '../../fields/field-error.ts';
import { filledString, type JsonObject } from '../../json/value.ts';
import type { WarningList } from '../../warning-list.ts';
import type { Conversation } from './conversation.ts';

const STORED =
  'refers to something that only OpenAI stores or can read; send the whole conversation in the items themselves, as most clients do with "store": false';

/** Items that stand for a part of the conversation: without them the model would not know it. */
const REFUSED: ReadonlySet<unknown> = new Set([
  ...['item_reference', 'compaction', 'compaction_summary', 'compaction_trigger', 'context_compaction'],
]);

/** Calls of OpenAI's tools that the client runs, with the key of their arguments. */
const CALLS: ReadonlyMap<unknown, string> = new Map([
  ['local_shell_call', 'action'],
  ['shell_call', 'action'],
  ['apply_patch_call', 'operation'],
  ['computer_call', 'action'],
  ['tool_search_call', 'arguments'],
]);

const OUTPUTS: ReadonlySet<unknown> = new Set([
  ...['local_shell_call_output', 'shell_call_output', 'apply_patch_call_output', 'tool_search_output'],
]);

/**
 * Reads an item that no other wire has (wire case 188). Calls of OpenAI's own tools that the client has run stay in the
 * history as calls and results, with their arguments as JSON. Items that OpenAI itself made (a web search) and unknown
 * ones are dropped with a warning, since the model's answer contains what came of them. Throws `unsupported_parameter`
 * for a reference to what is stored at OpenAI.
 */
export function readForeignItem(
  item: JsonObject,
  path: string,
  conversation: Conversation,
  warnings: WarningList,
): void {
  const { type } = item;
  const isReference = type === null || type === undefined;
  if (isReference || REFUSED.has(type)) {
    const name = typeof type === 'string' ? type : 'item_reference';
    throw unsupportedField(path, `'${path}' is not supported by this model's API: ${name} ${STORED}.`);
  }
  if (typeof type !== 'string') throw invalidField(`${path}.type`, 'a string');
  const key = CALLS.get(type);
  const callId = filledString(item['call_id']) ?? filledString(item['id']);
  if (key !== undefined && callId !== null) {
    const name = type.replace(/_call$/, '');
    const args = JSON.stringify(item[key] ?? {});
    conversation.assistant([{ type: 'tool-call', id: callId, name, arguments: args, cache: null }]);
  } else if (OUTPUTS.has(type) && callId !== null) {
    const text = outputText(item['output'] ?? item['tools'] ?? item['status']);
    const content = text === '' ? [] : [{ type: 'text', text, cache: null } as const];
    conversation.result({ type: 'tool-result', callId, content, isError: false, cache: null });
  } else warnings.dropped(`input (${type.slice(0, 64)})`);
}

function outputText(output: unknown): string {
  return typeof output === 'string' ? output : JSON.stringify(output ?? '');
}
