import type { ClientWire } from './client-wire.ts';
import { UNSIGNED, type ClientRequest } from './exchange.ts';
import { fieldValue, lastField, scanFields } from './json/scan.ts';
import { isJsonObject, type JsonObject } from './json/value.ts';
import { BodyPatch } from './json/patch.ts';

/**
 * The request without signed thinking of its messages, in either wire's spelling: blocks in `content` (Messages) and
 * `thinking_blocks` (OpenAI chat). `kept` names the signatures that stay (redacted blocks by their data); null: every one that is not `UNSIGNED`. Only `messages` is written anew, and `thinking` leaves with the blocks where the model would refuse it: a
 * turn that calls tools must begin with thinking while a budget for it is set (wire case 111).
 */
export function stripThinking(
  wire: Pick<ClientWire, 'request'>,
  request: ClientRequest,
  kept: readonly string[] | null,
): ClientRequest {
  const { body, fields } = request;
  const messages = fieldValue(body, fields, 'messages');
  if (!Array.isArray(messages)) return request;
  const filter = new ThinkingFilter(kept === null ? null : new Set(kept));
  const left = messages.map((message: unknown) => filter.message(message)).filter((each) => each !== null);

  const patch = new BodyPatch(body, fields);
  patch.set('messages', JSON.stringify(left));
  if (filter.bareCalls && hasBudget(request)) patch.remove('thinking');
  const patched = patch.apply();
  const stripped = Buffer.isBuffer(patched) ? patched : Buffer.concat(patched);
  const signatures = kept ?? request.signatures.filter((signature) => signature !== UNSIGNED);
  return wire.request(stripped, request.facts, scanFields(stripped), signatures);
}

function hasBudget({ body, fields }: ClientRequest): boolean {
  if (lastField(fields, 'thinking') === null) return false;
  const thinking = fieldValue(body, fields, 'thinking');
  return isJsonObject(thinking) && thinking['type'] === 'enabled';
}

class ThinkingFilter {
  /** The last turn of the assistant lost thinking in front of its calls of tools. */
  bareCalls = false;
  readonly #kept: ReadonlySet<string> | null;

  constructor(kept: ReadonlySet<string> | null) {
    this.#kept = kept;
  }

  /** The message without such blocks; null when nothing else stood in it. */
  message(message: unknown): unknown {
    if (!isJsonObject(message) || message['role'] !== 'assistant') return message;
    this.bareCalls = false;
    const { content, thinking_blocks: blocks } = message;
    if (Array.isArray(blocks)) return this.#withoutThinkingBlocks(message, blocks);
    if (!Array.isArray(content)) return message;
    const kept = content.filter((block: unknown) => !this.#goes(block));
    if (kept.length === content.length) return message;
    if (kept.length === 0) return null;
    this.bareCalls = kept.some((block) => isJsonObject(block) && block['type'] === 'tool_use');
    return { ...message, content: kept };
  }

  #withoutThinkingBlocks(message: JsonObject, blocks: readonly unknown[]): JsonObject {
    const kept = blocks.filter((block) => !this.#goes(block));
    const { thinking_blocks: _all, ...rest } = message;
    return kept.length === 0 ? rest : { ...rest, thinking_blocks: kept };
  }

  #goes(block: unknown): boolean {
    if (!isJsonObject(block)) return false;
    const mark =
      block['type'] === 'thinking'
        ? block['signature']
        : block['type'] === 'redacted_thinking'
          ? block['data']
          : undefined;
    if (this.#kept === null) return block['type'] === 'thinking' && mark === UNSIGNED;
    return mark !== undefined && !(typeof mark === 'string' && this.#kept.has(mark));
  }
}
