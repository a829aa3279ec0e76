import type { ChatUsage, FinishReason } from '../../../protocol/chat.ts';
import { WireFault } from '../../fault.ts';
import { abortedReply, finishMeaning } from '../../finish-words.ts';
import { parseExact } from '../../json/exact.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { parseReply } from '../../reply-body.ts';
import { argumentsObject } from '../arguments.ts';
import { readOllamaUsage } from '../usage.ts';

/** A call of a reply; Ollama never splits one. */
export interface LineCall {
  /** null: the server gave none. */
  readonly id: string | null;
  readonly name: string;
  readonly arguments: JsonObject;
}

/** One line of a stream, or a whole reply, in canonical form. */
export interface ReplyLine {
  /** The line with a `message` whose values have the types of Ollama's own API. */
  readonly value: JsonObject;
  /** It was canonical as received. */
  readonly isOwn: boolean;
  readonly model: string | null;
  readonly thinking: string;
  readonly content: string;
  readonly calls: readonly LineCall[];
  /** The last line. */
  readonly done: boolean;
  /** Why the reply ended; null before the last line. Without regard to calls, for which Ollama says `stop`. */
  readonly finish: FinishReason | null;
  /** null before the last line, and if it counts nothing. */
  readonly usage: ChatUsage | null;
}

/**
 * Reads one line of a stream, or a whole reply: the only place that knows how servers deviate from Ollama's API. Throws
 * a `WireFault`: `error_event` for an error under status 200 (wire case 150), `cut` for an end that is a failure,
 * `malformed`.
 */
export function readLine(data: Buffer): ReplyLine {
  const parsed = parseReply(data);
  const value = holdsCalls(parsed['message']) ? parseReply(data, parseExact) : parsed;
  const { message: given, done, model } = value;
  const message = normalMessage(given);
  const isDone = done === true;
  return {
    value: message === given ? value : { ...value, message },
    isOwn: message === given,
    model: filledString(model),
    thinking: textOf(message['thinking'], 'thinking'),
    content: textOf(message['content'], 'content'),
    calls: callsOf(message).map(readCall),
    done: isDone,
    finish: isDone ? finishOf(value['done_reason']) : null,
    usage: isDone ? readOllamaUsage(value) : null,
  };
}

/** Does the line bring anything that a client sees? */
export function carriesContent({ thinking, content, calls }: ReplyLine): boolean {
  return thinking !== '' || content !== '' || calls.length > 0;
}

/**
 * The finish reason of the whole reply. Calls come whole or not at all, so they are to be run whatever ended the reply,
 * as in Ollama's own `/v1` (wire cases 62, 63).
 */
export function finishWithCalls(finish: FinishReason, hasCalls: boolean): FinishReason {
  if (hasCalls) return finish === 'content-filter' ? finish : 'tool-calls';
  return finish === 'tool-calls' ? 'stop' : finish;
}

function holdsCalls(message: unknown): boolean {
  return isJsonObject(message) && (message['tool_calls'] ?? null) !== null;
}

/** `load` and `unload` end a reply without content (wire case 152), as do other unknown words. */
function finishOf(reason: unknown): FinishReason {
  const word = filledString(reason);
  const meaning = word === null ? 'stop' : (finishMeaning(word) ?? 'stop');
  if (meaning === 'failure') throw abortedReply(word ?? '');
  return meaning;
}

/** The message itself if it is canonical. */
function normalMessage(given: unknown): JsonObject {
  if (given === undefined || given === null) return { role: 'assistant', content: '' };
  if (!isJsonObject(given)) throw new WireFault('malformed', 'the message is not an object');
  const { role, content, thinking, tool_calls: calls } = given;
  const changes: Record<string, unknown> = {};
  if (filledString(role) === null) changes['role'] = 'assistant';
  if (typeof content !== 'string') changes['content'] = textOf(content, 'content');
  if (thinking !== undefined && typeof thinking !== 'string')
    changes['thinking'] = textOf(thinking, 'thinking');
  const normal = callsOf(given).map(normalCall);
  const isSame = normal.length > 0 && Array.isArray(calls) && normal.every((call, at) => call === calls[at]);
  if (calls !== undefined && !isSame) changes['tool_calls'] = normal.length === 0 ? undefined : normal;
  return Object.keys(changes).length === 0 ? given : { ...given, ...changes };
}

function textOf(value: unknown, key: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new WireFault('malformed', `the ${key} of the message is not text`);
  return value;
}

function callsOf({ tool_calls: calls }: JsonObject): readonly unknown[] {
  if (calls === undefined || calls === null) return [];
  return Array.isArray(calls) ? (calls as readonly unknown[]) : [calls];
}

/** The call itself if it is canonical. */
function normalCall(call: unknown): JsonObject {
  const called = isJsonObject(call) ? call['function'] : null;
  if (!isJsonObject(call) || !isJsonObject(called) || filledString(called['name']) === null) {
    throw new WireFault('malformed', 'a tool call of the reply has no name');
  }
  const { arguments: given } = called;
  const object = argumentsObject(given);
  return object === given ? call : { ...call, function: { ...called, arguments: object } };
}

function readCall(call: unknown): LineCall {
  const { id, function: called } = call as { id?: unknown; function: JsonObject };
  return {
    id: filledString(id),
    name: called['name'] as string,
    arguments: called['arguments'] as JsonObject,
  };
}
