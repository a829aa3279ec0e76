import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PracticeModel } from './practice-models.ts';
import type { PracticeRequest } from './read-request.ts';
import { wholeMessage, type ChunkedReply } from './chunk-reply.ts';

/** One answer in progress, with what all of its chunks share. */
export interface Answer extends ChunkedReply {
  readonly model: PracticeModel;
  readonly request: PracticeRequest;
  readonly head: { readonly id: string; readonly created: number; readonly model: string };
  readonly response: ServerResponse;
  /** Aborted when the client disconnects. */
  readonly disconnected: AbortSignal;
}

/** Sends the answer as one JSON reply, after the time that a stream would take. Rejects when the client disconnects. */
export async function sendAnswer(answer: Answer): Promise<void> {
  const { model, deltas, disconnected, head, finishReason } = answer;
  await pause(model.firstWordMs + model.wordMs * Math.max(0, deltas.length - 1), disconnected);
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
 * Streams in OpenAI's order: role, words or calls, finish reason, usage if requested, `[DONE]`. Rejects when the client
 * disconnects.
 */
export async function streamAnswer(answer: Answer): Promise<void> {
  const { model, deltas, disconnected, response, finishReason } = answer;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  response.flushHeaders();
  await pause(model.firstWordMs, disconnected);
  await send(answer, chunk(answer, roleDelta(answer), null));
  for (const [index, delta] of deltas.entries()) {
    if (index > 0) await pause(model.wordMs, disconnected);
    await send(answer, chunk(answer, delta, null));
  }
  await send(answer, chunk(answer, {}, finishReason));
  if (answer.request.includeUsage) {
    await send(answer, { ...chunkHead(answer), choices: [], usage: usageOf(answer) });
  }
  response.end('data: [DONE]\n\n');
}

/** As OpenAI does: empty text before words, null before calls. */
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

/** Writes one event; waits for a slow client, and rejects when it disconnects. */
async function send({ response, disconnected }: Answer, event: object): Promise<void> {
  if (!response.write(`data: ${JSON.stringify(event)}\n\n`))
    await once(response, 'drain', { signal: disconnected });
}

/** Waits; without a timer for 0 ms. */
async function pause(ms: number, disconnected: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal: disconnected });
}

/** Sends a JSON reply. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}
