import { GatewayError } from '../../../protocol/errors.ts';
import type { ScannedRequest } from '../../exchange.ts';
import { parseExact } from '../../json/exact.ts';
import { lastField, type JsonField } from '../../json/scan.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import type { WarningList } from '../../warning-list.ts';
import type { OpenAiQuirks } from '../dialect.ts';
import { warnOfPlan } from './fit-messages.ts';
import { joinMessages, withoutBillingText } from './join-messages.ts';
import { readHeads, type MessageHead } from './message-heads.ts';
import { isSystemRole } from './odd-turns.ts';
import { orderMessages, unordered, type OutgoingMessage } from './order-messages.ts';
import { planTurns, type PlannedTurn } from './turn-plan.ts';

/**
 * The request with its turns in the order that the server's chat templates accept (wire cases 67, 68, 84), and without
 * Claude Code's billing line (wire case 134). Only messages that change are parsed, all other bytes stay. A request in
 * which the scan found nothing is returned as it is. Changes of meaning are added to `warnings`. Throws a `GatewayError` `invalid_json` for a message that is not JSON.
 */
export function fitBody(
  request: ScannedRequest,
  quirks: OpenAiQuirks,
  warnings: WarningList,
): ScannedRequest {
  const { oddities, body, fields } = request;
  const ordered = oddities?.turnOrder === true && quirks.strictTurns === true;
  if (!ordered && oddities?.billingLine !== true) return request;
  const field = lastField(fields, 'messages');
  if (field === null) return request;
  const heads = readHeads(body, field);
  const billed = oddities.billingLine === true && isSystemRole(heads[0]?.role);
  if (!ordered && !billed) return request;
  const messages = ordered ? orderMessages(heads, warnings) : unordered(heads);
  const plan = ordered ? planTurns(messages) : null;
  if (plan !== null) warnOfPlan(plan, warnings);
  const turns = plan?.turns ?? messages.map(({ role }, index) => ({ role, members: [index] }));
  const pieces = new MessageWriter(body, heads, messages, billed).write(turns);
  return pieces.length === 0 ? request : withMessages(request, field, pieces);
}

const COMMA = Buffer.from(',');

/** Writes the elements of a list of messages as pieces of JSON. */
class MessageWriter {
  readonly #body: Buffer;
  /** The client's messages. */
  readonly #heads: readonly MessageHead[];
  readonly #messages: readonly OutgoingMessage[];
  /** The first message has a billing line. */
  readonly #billed: boolean;
  readonly #pieces: Buffer[] = [];
  /** The client's message at the end of the pieces if it was not changed; null if it was. */
  #lastKept: number | null = null;

  constructor(
    body: Buffer,
    heads: readonly MessageHead[],
    messages: readonly OutgoingMessage[],
    billed: boolean,
  ) {
    this.#body = body;
    this.#heads = heads;
    this.#messages = messages;
    this.#billed = billed;
  }

  /** Returns the pieces; none if no message is left. */
  write(turns: readonly PlannedTurn[]): readonly Buffer[] {
    for (const turn of turns) {
      const kept = this.#keptIndex(turn);
      if (kept === null) this.#change(turn);
      else this.#keep(kept);
    }
    return this.#pieces;
  }

  /** The client's message that is sent unchanged as this turn; null: none. */
  #keptIndex({ role, members }: PlannedTurn): number | null {
    const [first] = members;
    const message = first === undefined || members.length > 1 ? undefined : this.#messages[first];
    if (message === undefined || message.role !== role || message.change !== null) return null;
    return this.#billed && message.index === 0 ? null : message.index;
  }

  #keep(index: number): void {
    const head = this.#heads[index];
    if (head === undefined) return;
    const before = this.#lastKept === index - 1 ? this.#heads[index - 1] : undefined;
    // Neighbours keep the bytes between them.
    if (before !== undefined) this.#pieces.push(this.#body.subarray(before.end, head.end));
    else this.#push(this.#body.subarray(head.start, head.end));
    this.#lastKept = index;
  }

  #change(turn: PlannedTurn): void {
    const members = turn.members.map((index) => this.#read(index)).filter((each) => each !== null);
    if (members.length === 0 && turn.members.length > 0) return;
    this.#push(Buffer.from(JSON.stringify(joinMessages(turn, members))));
    this.#lastKept = null;
  }

  #push(piece: Buffer): void {
    if (this.#pieces.length > 0) this.#pieces.push(COMMA);
    this.#pieces.push(piece);
  }

  /** null: nothing is left of the message. */
  #read(at: number): JsonObject | null {
    const message = this.#messages[at];
    if (message === undefined) return null;
    const { index, change } = message;
    const head = index === null ? undefined : this.#heads[index];
    const given = head === undefined ? {} : parseMessage(this.#body, head);
    if (this.#billed && index === 0) return withoutBillingText(given);
    return change === null ? given : change(given);
  }
}

function parseMessage(body: Buffer, { start, end }: MessageHead): JsonObject {
  let message: unknown;
  try {
    message = parseExact(body.toString('utf8', start, end));
  } catch {
    // The scan of a large body does not look for control characters in strings.
    throw new GatewayError('invalid_json', "The value of 'messages' is not valid JSON.", {
      param: 'messages',
    });
  }
  return isJsonObject(message) ? message : {};
}

/** The request with other messages; the keys after them move. */
function withMessages(request: ScannedRequest, field: JsonField, pieces: readonly Buffer[]): ScannedRequest {
  const { body: old, fields } = request;
  const open = old.indexOf(0x5b, field.valueStart) + 1;
  const close = field.valueEnd - 1;
  const body = Buffer.concat([old.subarray(0, open), ...pieces, old.subarray(close)]);
  const moved = body.length - old.length;
  const move = (each: JsonField): JsonField => ({
    name: each.name,
    keyStart: each.keyStart + moved,
    keyEnd: each.keyEnd + moved,
    valueStart: each.valueStart + moved,
    valueEnd: each.valueEnd + moved,
  });
  return {
    ...request,
    body,
    fields: fields.map((each) => {
      if (each === field) return { ...each, valueEnd: each.valueEnd + moved };
      return each.keyStart > field.keyStart ? move(each) : each;
    }),
  };
}
