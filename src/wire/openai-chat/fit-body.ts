import { GatewayError } from '../../protocol/errors.ts';
import type { ScannedRequest } from '../exchange.ts';
import { JsonCursor } from '../json/cursor.ts';
import { parseExact } from '../json/exact.ts';
import { lastField, type JsonField } from '../json/scan.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import type { WarningList } from '../warning-list.ts';
import type { OpenAiQuirks } from './dialect.ts';
import { turnHead, warnOfPlan } from './fit-messages.ts';
import { joinMessages, withoutBillingText } from './join-messages.ts';
import { isSystemRole } from './odd-turns.ts';
import { planTurns, type PlannedTurn, type TurnHead } from './turn-plan.ts';

/**
 * The request with its turns in the order that the server's chat templates accept (wire case 84), and without
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
  const messages = readMessages(body, field);
  const billed = oddities.billingLine === true && isSystemRole(messages[0]?.role);
  if (!ordered && !billed) return request;
  const plan = ordered ? planTurns(messages) : null;
  if (plan !== null) warnOfPlan(plan, warnings);
  const turns = plan?.turns ?? messages.map(({ role }, index) => ({ role, members: [index] }));
  const pieces = new MessageWriter(body, messages, billed).write(turns);
  return pieces.length === 0 ? request : withMessages(request, field, pieces);
}

/** A message in the body, and its range of bytes there. */
interface MessageRange extends TurnHead {
  readonly start: number;
  readonly end: number;
}

function readMessages(body: Buffer, field: JsonField): readonly MessageRange[] {
  const messages: MessageRange[] = [];
  const cursor = new JsonCursor(body, field.valueStart);
  if (!cursor.enter('array')) return messages;
  while (cursor.nextElement()) {
    cursor.peek();
    const start = cursor.position;
    const head = readHead(cursor);
    messages.push({ ...head, start, end: cursor.position });
  }
  return messages;
}

function readHead(cursor: JsonCursor): TurnHead {
  let role: string | null = null;
  let name: string | null = null;
  if (!cursor.enter('object')) {
    cursor.skipValue();
    return { role, name };
  }
  while (cursor.nextKey()) {
    const isRole = cursor.stringIs('role');
    const isName = !isRole && cursor.stringIs('name');
    if ((isRole || isName) && cursor.passString()) {
      if (isRole) role = cursor.string();
      else name = cursor.string();
    } else cursor.skipValue();
  }
  return turnHead(role, name);
}

const COMMA = Buffer.from(',');

/** Writes the elements of a list of messages as pieces of JSON. */
class MessageWriter {
  readonly #body: Buffer;
  readonly #messages: readonly MessageRange[];
  /** The first message has a billing line. */
  readonly #billed: boolean;
  readonly #pieces: Buffer[] = [];
  /** The message at the end of the pieces if it was not changed; null if it was. */
  #lastKept: number | null = null;

  constructor(body: Buffer, messages: readonly MessageRange[], billed: boolean) {
    this.#body = body;
    this.#messages = messages;
    this.#billed = billed;
  }

  /** Returns the pieces; none if no message is left. */
  write(turns: readonly PlannedTurn[]): readonly Buffer[] {
    for (const turn of turns) {
      const [first] = turn.members;
      if (first !== undefined && this.#stays(turn, first)) this.#keep(first);
      else this.#change(turn);
    }
    return this.#pieces;
  }

  #stays({ role, members }: PlannedTurn, first: number): boolean {
    return members.length === 1 && this.#messages[first]?.role === role && !(this.#billed && first === 0);
  }

  #keep(index: number): void {
    const range = this.#messages[index];
    if (range === undefined) return;
    const before = this.#lastKept === index - 1 ? this.#messages[index - 1] : undefined;
    // Neighbours keep the bytes between them.
    if (before !== undefined) this.#pieces.push(this.#body.subarray(before.end, range.end));
    else this.#push(this.#body.subarray(range.start, range.end));
    this.#lastKept = index;
  }

  #change(turn: PlannedTurn): void {
    const members = turn.members.map((index) => this.#parse(index)).filter((each) => each !== null);
    if (members.length === 0) return;
    this.#push(Buffer.from(JSON.stringify(joinMessages(turn, members))));
    this.#lastKept = null;
  }

  #push(piece: Buffer): void {
    if (this.#pieces.length > 0) this.#pieces.push(COMMA);
    this.#pieces.push(piece);
  }

  /** null: nothing is left of the message. */
  #parse(index: number): JsonObject | null {
    const range = this.#messages[index];
    if (range === undefined) return null;
    const message = parseMessage(this.#body, range);
    return this.#billed && index === 0 ? withoutBillingText(message) : message;
  }
}

function parseMessage(body: Buffer, { start, end }: MessageRange): JsonObject {
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
