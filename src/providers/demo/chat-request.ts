import { elements, fields, flag, positive, text } from '../json-fields.ts';
import { wordsOf } from './practice-models.ts';

/** What a practice model reads of a chat request. */
export interface PracticeRequest {
  readonly model: string;
  /** The text of the last user message. */
  readonly question: string;
  readonly promptTokens: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Words; null when the caller sets no limit. */
  readonly maxTokens: number | null;
  readonly stop: readonly string[];
}

/** A request that the practice server does not take, in the words of OpenAI's error envelope. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;

  constructor(status: number, message: string, param: string | null, code: string | null, type?: string) {
    super(message);
    this.status = status;
    this.param = param;
    this.code = code;
    this.type = type ?? 'invalid_request_error';
  }
}

/** Reads a chat request lightly. Throws `RefusedRequest` (400) for what no practice model could answer. */
export function readChatRequest(body: Buffer): PracticeRequest {
  const request = fields(parse(body));
  const messages = elements(request.messages)?.map(fields) ?? [];
  if (messages.length === 0) throw invalid('messages', 'must be an array with at least one message');
  const stream = request.stream ?? false;
  if (typeof stream !== 'boolean') throw invalid('stream', 'must be true or false');
  const texts = messages.map((message) => textOf(message.content));
  const lastQuestion = messages.findLastIndex((message) => message.role === 'user');
  return {
    model: text(request.model) ?? '',
    question: texts[lastQuestion] ?? '',
    promptTokens: texts.reduce((sum, words) => sum + wordsOf(words).length, 0),
    stream,
    includeUsage: flag(fields(request.stream_options).include_usage) ?? false,
    maxTokens: readLimit(request),
    stop: readStop(request.stop),
  };
}

/** The words that a limit and stop strings leave, and why they end. */
export function cutWords(
  words: readonly string[],
  request: Pick<PracticeRequest, 'maxTokens' | 'stop'>,
): { words: readonly string[]; finishReason: 'stop' | 'length' } {
  const whole = words.join('');
  const ends = request.stop.map((stop) => whole.indexOf(stop)).filter((index) => index >= 0);
  const kept = ends.length === 0 ? words : wordsOf(whole.slice(0, Math.min(...ends)));
  const limit = request.maxTokens ?? kept.length;
  return kept.length > limit
    ? { words: kept.slice(0, limit), finishReason: 'length' }
    : { words: kept, finishReason: 'stop' };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new RefusedRequest(400, 'The body is not JSON.', null, 'invalid_json');
  }
}

function readLimit(request: Readonly<Record<string, unknown>>): number | null {
  const name = (request.max_completion_tokens ?? null) === null ? 'max_tokens' : 'max_completion_tokens';
  const value = request[name] ?? null;
  if (value === null) return null;
  const limit = positive(value);
  if (limit === null || !Number.isInteger(limit)) throw invalid(name, 'must be a whole number above 0');
  return limit;
}

function readStop(value: unknown): readonly string[] {
  const all = elements(value) ?? [value];
  return all.filter((stop): stop is string => text(stop) !== null);
}

/** Content is a string or parts; only text parts have words. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = elements(content) ?? [];
  return parts.map((part) => text(fields(part).text) ?? '').join(' ');
}

function invalid(param: string, problem: string): RefusedRequest {
  return new RefusedRequest(400, `'${param}' ${problem}.`, param, null);
}
