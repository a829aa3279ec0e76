import { chunk, head, json, lastChunk } from './fake-replies.ts';
import type { FakeRequest, Reply } from './fake-upstream.ts';
import { response, streamOf, type FakeItem } from './responses-events.ts';

/** The stream of a fake Responses upstream, event by event as it is written. */
export function responsesStream(text: string): Reply {
  const events = text.split(/(?<=\n\n)/);
  return [
    head(200, { 'content-type': 'text/event-stream; charset=utf-8', 'transfer-encoding': 'chunked' }),
    ...events.map((event) => chunk(event)),
    lastChunk(),
  ];
}

/** Answers a request of the Responses API with these items, whole or streamed as it asks. */
export function responsesReply(
  request: FakeRequest,
  items: readonly FakeItem[],
  changes: Readonly<Record<string, unknown>> = {},
): Reply {
  const { stream } = request.json() as { stream?: boolean };
  return stream === true ? responsesStream(streamOf(items, changes)) : json(200, response(items, changes));
}
