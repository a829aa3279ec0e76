import {
  NO_RESULT,
  orderCalls,
  resultHeading,
  type CallTerms,
  type OrderedTurn,
} from '../../chat/calls/call-order.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { WarningList } from '../../warning-list.ts';
import type { MessageHead } from './message-heads.ts';
import { isSystemRole } from './odd-turns.ts';
import type { TurnHead } from './turn-plan.ts';

/** A message to send. */
export interface OutgoingMessage extends TurnHead {
  /** The client's message, by index; null: none, it is made by `change`. */
  readonly index: number | null;
  /** How it differs from the client's message; null: not at all. */
  readonly change: ((message: JsonObject) => JsonObject) | null;
}

/** The client's messages as they are. */
export function unordered(heads: readonly MessageHead[]): readonly OutgoingMessage[] {
  return heads.map(({ role, name }, index) => ({ role, name, index, change: null }));
}

/** A message, one of its calls, or a result. */
interface Piece {
  /** null: a call, which is in the message before it. */
  readonly message: OutgoingMessage | null;
  readonly callId: string | null;
  readonly resultId: string | null;
}

/** Ids pass, since some servers keep data in them. */
const TERMS: CallTerms<Piece> = {
  uniqueIds: false,
  resultsFirst: true,
  callId: ({ callId }) => callId,
  resultId: ({ resultId }) => resultId,
  withId: (piece) => piece,
  missing: (callId) => ({ message: madeResult(callId), callId: null, resultId: callId }),
  orphan: ({ message }) => (message === null ? [] : [plainPiece(asText(message))]),
};

/**
 * The messages with calls and results in the order that chat templates accept (wire cases 67, 68), and with answers where
 * templates read them. Changes of meaning are added to `warnings`.
 */
export function orderMessages(
  heads: readonly MessageHead[],
  warnings: WarningList,
): readonly OutgoingMessage[] {
  const ids = new CallIds();
  const turns = heads.map((head, index): OrderedTurn<Piece> => {
    const message: OutgoingMessage = { ...rankOf(head), index, change: changeOf(head, warnings) };
    if (head.role === 'assistant') {
      const calls = ids.calls(head, index).map((callId) => ({ message: null, callId, resultId: null }));
      return { role: 'assistant', parts: [plainPiece(message), ...calls] };
    }
    if (head.role === 'tool') {
      return { role: 'user', parts: [{ message, callId: null, resultId: ids.result(head) }] };
    }
    ids.end();
    return { role: isSystemRole(head.role) ? 'system' : 'user', parts: [plainPiece(message)] };
  });
  return orderCalls(turns, TERMS, warnings).flatMap(({ parts }) =>
    parts.flatMap(({ message }) => (message === null ? [] : [message])),
  );
}

function rankOf({ role, name, isEmpty }: MessageHead): TurnHead {
  return { role, name, ...(isEmpty === undefined ? null : { isEmpty }) };
}

function plainPiece(message: OutgoingMessage): Piece {
  return { message, callId: null, resultId: null };
}

/** Begins an id that is made here for a call without one. */
const OWN_ID = '\u0000';

/** The ids of calls, and of the results that answer them. */
class CallIds {
  /** Calls of the last assistant turn without a result, and how many share an id. */
  readonly #open = new Map<string, number>();
  #isAssistant = false;

  /** The ids of a message's calls, in order. */
  calls({ callIds }: MessageHead, index: number): readonly string[] {
    if (!this.#isAssistant) this.#open.clear();
    this.#isAssistant = true;
    const ids = callIds.map((id, nth) => id ?? `${OWN_ID}${index}.${nth}`);
    for (const id of ids) this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
    return ids;
  }

  /** The id that a result answers: without one, that of the oldest call. */
  result({ resultId }: MessageHead): string {
    this.#isAssistant = false;
    const id = resultId ?? this.#open.keys().next().value ?? OWN_ID;
    const count = this.#open.get(id) ?? 0;
    if (count > 1) this.#open.set(id, count - 1);
    else this.#open.delete(id);
    return id;
  }

  /** Another message follows. */
  end(): void {
    this.#isAssistant = false;
  }
}

/** As the encoder writes a failed result (wire case 71). */
function madeResult(callId: string): OutgoingMessage {
  const id = callId.startsWith(OWN_ID) ? null : { tool_call_id: callId };
  const message = { role: 'tool', ...id, content: `Error: ${NO_RESULT}` };
  return { role: 'tool', name: null, index: null, change: () => message };
}

function asText(message: OutgoingMessage): OutgoingMessage {
  const change = ({ content, tool_call_id: id }: JsonObject): JsonObject => {
    const heading = resultHeading(filledString(id));
    if (Array.isArray(content))
      return { role: 'user', content: [{ type: 'text', text: heading }, ...(content as unknown[])] };
    return { role: 'user', content: typeof content === 'string' ? `${heading}\n${content}` : heading };
  };
  return { role: 'user', name: null, index: message.index, change };
}

/** Templates read only the content of an answer. */
function changeOf({ role, isUnread }: MessageHead, warnings: WarningList): OutgoingMessage['change'] {
  return role === 'assistant' && isUnread ? (message) => inContent(message, warnings) : null;
}

/** A refusal is what the model has said. Audio is known to its own server only, unless the client sends its transcript. */
function inContent(message: JsonObject, warnings: WarningList): JsonObject {
  const { content, refusal, audio, ...rest } = message;
  const texts: string[] = [];
  if (filledString(refusal) !== null) texts.push(String(refusal));
  if (isJsonObject(audio)) {
    warnings.changed('messages.audio (as text)');
    texts.push(filledString(audio['transcript']) ?? '[audio]');
  }
  if (Array.isArray(content)) {
    const parts = texts.map((text) => ({ type: 'text', text }));
    return { ...rest, content: [...(content as unknown[]), ...parts] };
  }
  if (filledString(content) !== null) texts.unshift(String(content));
  return { ...rest, content: texts.join('\n') };
}
