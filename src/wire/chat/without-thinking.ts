import type { ScannedRequest } from '../exchange.ts';
import { parseExact } from '../json/exact.ts';
import { BodyPatch } from '../json/patch.ts';
import { lastField, scanFields } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';

/** The changed messages of a request, and the top-level keys to remove with the removed content. */
export interface ChangedMessages {
  readonly messages: readonly unknown[];
  readonly removed: readonly string[];
}

/** Decides which thinking blocks stay in a conversation. */
export class ThinkingFilter {
  readonly #keptSignatures: ReadonlySet<unknown> | null;

  /** `keptSignatures`: the signatures that stay, for redacted blocks their data; null: all but empty signatures. */
  constructor(keptSignatures: readonly string[] | null) {
    this.#keptSignatures = keptSignatures === null ? null : new Set(keptSignatures);
  }

  /** The list without the thinking to remove; other blocks stay. */
  apply(blocks: readonly unknown[]): readonly unknown[] {
    return blocks.filter((block) => !isJsonObject(block) || this.#isKept(block));
  }

  #isKept(block: Readonly<Record<string, unknown>>): boolean {
    switch (block['type']) {
      case 'thinking':
        return this.#keptSignatures === null
          ? block['signature'] !== ''
          : this.#keptSignatures.has(block['signature']);
      case 'redacted_thinking':
        return this.#keptSignatures === null || this.#keptSignatures.has(block['data']);
      default:
        return true;
    }
  }
}

/**
 * The request with changed messages; all other bytes stay as they are, and so do numbers within the messages (wire case
 * 99). `keptSignatures` as for `ThinkingFilter`; `name`: the field that holds the conversation.
 */
export function withMessages(
  request: ScannedRequest,
  keptSignatures: readonly string[] | null,
  change: (messages: readonly unknown[]) => ChangedMessages,
  name = 'messages',
): ScannedRequest {
  const { body, fields } = request;
  const field = lastField(fields, name);
  const messages =
    field === null ? null : parseExact(body.toString('utf8', field.valueStart, field.valueEnd));
  if (!Array.isArray(messages)) return request;
  const changed = change(messages);
  const patch = new BodyPatch(body, fields);
  patch.set(name, JSON.stringify(changed.messages));
  for (const key of changed.removed) patch.remove(key);
  const patched = patch.apply();
  const stripped = Buffer.isBuffer(patched) ? patched : Buffer.concat(patched);
  const signatures = keptSignatures ?? request.signatures;
  return { ...request, body: stripped, fields: scanFields(stripped), signatures, hasUnsignedThinking: false };
}
