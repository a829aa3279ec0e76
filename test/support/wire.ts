import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemClock } from '../../src/util/clock.ts';
import type { Exchange, ScannedRequest, StreamTransform, TargetRequest } from '../../src/wire/exchange.ts';
import type { EventFields } from '../../src/wire/framing/framing.ts';
import { SSE } from '../../src/wire/framing/sse.ts';
import { chooseRoute, openExchange } from '../../src/wire/open-exchange.ts';
import {
  openAiChatDialect,
  type OpenAiChatDialect,
  type OpenAiChatFacts,
} from '../../src/wire/openai-chat/dialect.ts';
import type { Endpoint } from '../../src/wire/wires.ts';

/** A recorded reply of a real engine. */
export function fixture(path: string): Buffer {
  return readFileSync(join(import.meta.dirname, '..', 'fixtures', path));
}

export function dialect(changes: OpenAiChatFacts = {}): OpenAiChatDialect {
  return openAiChatDialect(changes);
}

/** A server of OpenAI's chat wire. */
export function openAiEndpoint(changes: OpenAiChatFacts = {}): Endpoint {
  return { format: 'openai-chat', path: '/chat/completions', dialect: dialect(changes) };
}

/** A server of the Messages wire. */
export const MESSAGES_ENDPOINT: Endpoint = {
  format: 'anthropic-messages',
  path: '/v1/messages',
  dialect: { unaryAsStream: false },
};

/** The exchange of a request with a server that has these endpoints. */
export function openAt(
  request: ScannedRequest,
  endpoints: readonly Endpoint[],
  wanted: Partial<TargetRequest> = {},
  clock = systemClock,
): Exchange {
  const route = chooseRoute(request, endpoints);
  if (route === null) throw new Error('the server has no endpoint for this request');
  return openExchange(request, route, target(wanted), clock);
}

export function target(changes: Partial<TargetRequest> = {}): TargetRequest {
  return {
    modelId: 'upstream-model',
    params: {},
    maxOutputTokens: null,
    outputRoom: null,
    rules: null,
    trustedStream: false,
    ...changes,
  };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** One `data:` event of a chat stream. */
export function chunk(delta: unknown, finish: string | null = null, more: object = {}, index = 0): string {
  const choices = [{ index, delta, finish_reason: finish }];
  return event({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm-1',
    choices,
    ...more,
  });
}

export function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export const ROLE = chunk({ role: 'assistant', content: '' });
export const TEXT = chunk({ content: 'Grüße 😀' });
export const FINISH = chunk({}, 'stop');
export const DONE = 'data: [DONE]\n\n';
export const USAGE = event({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm-1',
  choices: [],
  usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
});

/** The fields of each server-sent event in turn. */
export function eventsIn(chunks: readonly (Buffer | string)[]): EventFields[] {
  const splitter = SSE.splitter();
  const events: EventFields[] = [];
  for (const bytes of chunks) {
    splitter.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    while (splitter.next()) events.push(splitter.fields());
  }
  if (splitter.finish()) events.push(splitter.fields());
  return events;
}

/** The data of each; errors by an event's name are a transform's to find. */
export function dataIn(chunks: readonly (Buffer | string)[]): string[] {
  return eventsIn(chunks).flatMap(({ data }) => data ?? []);
}

export interface Relayed {
  readonly output: string;
  readonly state: StreamTransform['state'];
  readonly fault: string | null;
}

/** Sends chunks through a relay, then its end. */
export function relay(
  stream: StreamTransform,
  chunks: readonly (Buffer | string)[],
  withEnd = true,
): Relayed {
  const output: Buffer[] = [];
  for (const bytes of chunks) {
    const given = stream.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    if (given !== null) output.push(Buffer.from(given));
  }
  const last = withEnd ? stream.end() : null;
  if (last !== null) output.push(last);
  return { output: Buffer.concat(output).toString(), state: stream.state, fault: stream.fault?.kind ?? null };
}

/** Cuts bytes at the given points, which may repeat or lie outside. */
export function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = [...new Set(points.map((point) => point % (bytes.length + 1)))].sort((a, b) => a - b);
  const chunks: Buffer[] = [];
  let start = 0;
  for (const point of [...sorted, bytes.length]) {
    // A buffer of its own for each chunk, as a socket gives them.
    if (point > start) chunks.push(Buffer.from(bytes.subarray(start, point)));
    start = Math.max(start, point);
  }
  return chunks;
}

export const eachByte = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.from([byte]));

/** Points to cut at: a few anywhere. */
export const cutPoints = fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 });

/** Replaces each LF of an event stream by one of the three line ends, by turns of `choice`. */
export function withLineEnds(text: string, choice: readonly number[]): string {
  let turn = 0;
  return text.replace(/\n/g, () => ['\n', '\r\n', '\r'][choice[turn++ % choice.length] ?? 0] ?? '\n');
}

export const lineEnds = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 7 });
