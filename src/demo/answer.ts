import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PracticeModel } from './practice-models.ts';
import type { PracticeRequest } from './read-request.ts';
import { wholeMessage, type ChunkedReply } from './chunk-reply.ts';

/** One answer on its way: what all of its parts have in common. */
export interface Answer extends ChunkedReply {
  readonly model: PracticeModel;
  readonly request: PracticeRequest;
  readonly head: { readonly id: string; readonly created: number; readonly model: string };
  readonly response: ServerResponse;
  /** Aborted as soon as the client has left. */
  readonly left: AbortSignal;
}

/** Answers in one piece, after the time that a stream would have taken. Rejects when the client leaves. */
export async function sendAnswer(answer: Answer): Promise<void> {
  const { model, deltas, left, head, finishReason } = answer;
  await pause(model.firstWordMs + model.wordMs * Math.max(0, deltas.length - 1), left);
  sendJson(answer.response, 200, {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: wholeMessage(deltas),
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    usage: usageOf(answer),
  });
}

/**
 * Streams in the order of wire-formats 2.3: role, words or calls, finish reason, usage where asked for, `[DONE]`. Rejects when
 * the client leaves.
 */
export async function streamAnswer(answer: Answer): Promise<void> {
  const { model, deltas, left, response, finishReason } = answer;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  response.flushHeaders();
  await pause(model.firstWordMs, left);
  await send(answer, chunk(answer, roleDelta(answer), null));
  for (const [index, delta] of deltas.entries()) {
    if (index > 0) await pause(model.wordMs, left);
    await send(answer, chunk(answer, delta, null));
  }
  await send(answer, chunk(answer, {}, finishReason));
  if (answer.request.includeUsage) {
    await send(answer, { ...chunkHead(answer), choices: [], usage: usageOf(answer) });
  }
  response.end('data: [DONE]\n\n');
}

/** OpenAI's own: empty text before words, none before calls. */
function roleDelta({ deltas }: Answer): object {
  const calls = deltas[0]?.tool_calls !== undefined;
  return { role: 'assistant', content: calls ? null : '', refusal: null };
}

function chunkHead(answer: Answer): object {
  return { ...answer.head, object: 'chat.completion.chunk' };
}

function chunk(answer: Answer, delta: object, finishReason: string | null): object {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return { ...chunkHead(answer), choices, ...(answer.request.includeUsage ? { usage: null } : {}) };
}

function usageOf({ request, deltas }: Answer): object {
  return {
    prompt_tokens: request.promptTokens,
    completion_tokens: deltas.length,
    total_tokens: request.promptTokens + deltas.length,
  };
}

/** Writes one event; waits while the client reads slower, and rejects when it has left. */
async function send({ response, left }: Answer, event: object): Promise<void> {
  if (!response.write(`data: ${JSON.stringify(event)}\n\n`)) await once(response, 'drain', { signal: left });
}

/** No timer for a pause of nothing. */
async function pause(ms: number, left: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal: left });
}

/** Sends a whole JSON reply. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}
