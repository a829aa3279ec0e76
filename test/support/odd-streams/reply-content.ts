/** The content of one reply, in terms that both wires share. */
export interface ReplyContent {
  readonly thinking: string;
  readonly text: string;
  readonly refusal: string;
  readonly calls: readonly ReplyCall[];
  /** One per call; null for ids made up by the gateway, which are random. */
  readonly callIds: readonly (string | null)[];
  /** Signatures of thinking and the data of redacted thinking, in order. */
  readonly signatures: readonly string[];
  readonly finish: string | null;
  readonly usage: TokenCounts | null;
}

export interface ReplyCall {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly input: string;
}

export interface TokenCounts {
  readonly input: number;
  readonly output: number;
}

/** A reply that an official SDK would reject or misread. */
export class UnreadableReply extends Error {
  override readonly name = 'UnreadableReply';
}

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws an `UnreadableReply` unless the condition holds. */
export function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new UnreadableReply(otherwise);
}

/** Prefix of all ids in generated streams. */
export const UPSTREAM_ID = /^up_/;

/** A string that is not empty. */
export const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The text under a key; '' where there is none. */
export function textOf(value: unknown, key: string): string {
  must(value === undefined || value === null || typeof value === 'string', `${key} is not text`);
  return value ?? '';
}

/** Null for an id that the upstream did not give. */
export function upstreamId(id: string): string | null {
  return UPSTREAM_ID.test(id) ? id : null;
}

export interface SseEvent {
  readonly event: string | null;
  readonly data: string;
}

/** The events of a whole output, read as WHATWG HTML says; every event must end in a blank line. */
export function sseEvents(output: string): SseEvent[] {
  const events: SseEvent[] = [];
  let event: string | null = null;
  let data: string[] = [];
  for (const line of output.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push({ event, data: data.join('\n') });
      event = null;
      data = [];
    } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    else if (line.startsWith('event:')) event = line.slice(6).trim();
    else
      must(/^(?::|\uFEFF|(?:id|retry|event|data)(?::|$))/.test(line), `a line outside the format: ${line}`);
  }
  must(data.length === 0, 'the last event has no blank line');
  return events;
}

/** Throws an `UnreadableReply` where the text is no JSON object. */
export function parseObject(data: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new UnreadableReply(`an event is not JSON: ${data}`);
  }
  must(isJson(value), 'an event is not an object');
  return value;
}
